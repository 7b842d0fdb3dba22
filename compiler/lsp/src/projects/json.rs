//! Which JSON is of Graph: other JSON is none of ours.

use std::borrow::Cow;
use std::path::PathBuf;

use gatewright_compiler::Input;

use crate::documents::Document;
use crate::uri::Key;

/// Whether a project is of policy text; any other is of Graph JSON.
pub(super) fn is_text_project(input: &Input) -> bool {
    input.manifest.is_some() || input.files.iter().any(|file| file.path.ends_with(".gate"))
}

/// A folder without policy text may hold any JSON: that of others goes.
pub(super) fn drop_foreign(input: &mut Input) {
    if !is_text_project(input) {
        input.files.retain(|file| {
            let name = Key::File(PathBuf::from(&file.path));
            !name.has_extension("json") || is_graph(&file.bytes)
        });
    }
}

/// Whether an open text is JSON of Graph.
pub(super) fn is_graph_json(key: &Key, document: &Document) -> bool {
    key.has_extension("json") && is_graph(document.text.as_bytes())
}

/// Whether JSON is of Graph, as far as one sees without reading all of it: there is other JSON, and
/// it is no business of ours; sign-ins to be decided are no policies either. In UTF-16 every second
/// byte is passed over.
fn is_graph(json: &[u8]) -> bool {
    let marks_of_sign_ins = [
        "\"signInConditions\"",
        "\"signInContext\"",
        "\"signInIdentity\"",
    ];
    let marks = [
        "@odata.",
        "\"grantControls\"",
        "\"sessionControls\"",
        "\"includeApplications\"",
        "\"includeUsers\"",
        "\"clientAppTypes\"",
        "\"sharedConditions\"",
        "\"ipRanges\"",
        "\"countriesAndRegions\"",
        "\"allowedCombinations\"",
        "\"roleTemplateId\"",
        "\"securityEnabled\"",
    ];
    let text: Cow<'_, [u8]> = if json.contains(&0) {
        json.iter().copied().filter(|byte| *byte != 0).collect()
    } else {
        json.into()
    };
    let text = String::from_utf8_lossy(&text);
    let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    has(&marks) && !has(&marks_of_sign_ins)
}
