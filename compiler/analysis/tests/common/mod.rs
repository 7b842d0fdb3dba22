//! Policy sets from text.

use gatewright_compiler::{Compilation, Input, SourceFile, compile};

/// The compilation of one text, which must be free of errors.
pub(crate) fn project(text: &str) -> Compilation {
    let file = SourceFile {
        path: "a.gate".to_owned(),
        bytes: text.into(),
    };
    let compilation = compile(&Input {
        files: vec![file],
        ..Input::default()
    });
    assert!(compilation.is_readable(), "{}", compilation.render());
    compilation
}
