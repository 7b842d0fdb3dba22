//! Microsoft Graph JSON in, typed policies out; typed policies in, policy text out.
