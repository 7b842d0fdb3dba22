autocmd BufRead,BufNewFile *.gate setfiletype gatewright
