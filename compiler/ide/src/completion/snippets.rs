//! Pieces of text with places to fill in, as `$1`, `${2:text}` and `${3|this,that|}`.

/// A snippet as it is without anything filled in: places have what is suggested for them.
pub(super) fn plain(snippet: &str) -> String {
    let mut text = String::with_capacity(snippet.len());
    let mut rest = snippet;
    while let Some(at) = rest.find(['$', '\\']) {
        text.push_str(rest.get(..at).unwrap_or_default());
        let is_escape = rest.get(at..).is_some_and(|mark| mark.starts_with('\\'));
        let after = rest.get(at + 1..).unwrap_or_default();
        if is_escape {
            let end = after.chars().next().map_or(0, char::len_utf8);
            text.push_str(after.get(..end).unwrap_or_default());
            rest = after.get(end..).unwrap_or_default();
            continue;
        }
        rest = match after.strip_prefix('{') {
            Some(inner) => {
                let inner = inner.get(digits(inner)..).unwrap_or_default();
                let (body, after) = inner.split_once('}').unwrap_or((inner, ""));
                let choices = body.strip_prefix('|');
                let first = choices.and_then(|body| body.split([',', '|']).next());
                text.push_str(first.unwrap_or(body.trim_start_matches(':')));
                after
            }
            None => after.get(digits(after)..).unwrap_or_default(),
        };
    }
    text.push_str(rest);
    text
}

fn digits(text: &str) -> usize {
    text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_what_is_suggested() {
        assert_eq!(plain("groups [$0]"), "groups []");
        assert_eq!(
            plain("policy \"${1:name}\" { state ${2|reportOnly,enabled|} $0 }"),
            "policy \"name\" { state reportOnly  }"
        );
        assert_eq!(plain("[\"\\$\\}\"$0]"), "[\"$}\"]");
    }
}
