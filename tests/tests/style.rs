//! The text that `import` writes is in the one style, and formatting it again changes nothing.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use gatewright_compiler::compile;
use gatewright_format::{format, unified};
use gatewright_interop::{ImportOptions, write_project};
use gatewright_tests::corpus::origins;

#[test]
fn imports_of_the_corpus_are_formatted() {
    let mut count = 0;
    for origin in origins() {
        let set = compile(&origin.input()).set;
        let options = ImportOptions {
            grouped: true,
            ..ImportOptions::default()
        };
        for (path, text) in write_project(&set, &options) {
            if !path.ends_with(".gate") {
                continue;
            }
            let formatted = format(&text).unwrap();
            let difference = unified(&path, &text, &formatted.text);
            assert!(difference.is_empty(), "{difference}");
            assert!(!formatted.has_errors, "{path}\n{text}");
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
}
