//! The facade of the compiler: sources in, bundle and diagnostics out.
