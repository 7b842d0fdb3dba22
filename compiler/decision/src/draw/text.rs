//! Texts in pictures: how wide they are, where they are wrapped, how they are escaped.

/// How wide a text of this size is, at most: fonts differ, and a wide one is assumed.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| em(c) * size).sum()
}

fn em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' | ',' | '.' | ':' | ';' | '!' | ' ' => 0.31,
        'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | '-' | '/' | '"' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.95,
        'a'..='z' | '0'..='9' => 0.6,
        'A'..='Z' => 0.7,
        // From here on most scripts fill a square.
        '\u{1100}'.. => 1.05,
        _ => 0.7,
    }
}

/// The text in lines that are not wider than this, at most so many; what is left out is told by an
/// ellipsis.
pub(super) fn wrap(text: &str, size: f64, width_max: f64, lines_max: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut rest = text.split_whitespace().map(str::to_owned);
    let mut pending = rest.next();
    while let Some(word) = pending.take() {
        let is_last = lines.len() >= lines_max;
        let Some(line) = lines.last_mut() else {
            break;
        };
        let gap = if line.is_empty() { "" } else { " " };
        if width(line, size) + width(gap, size) + width(&word, size) <= width_max {
            line.push_str(gap);
            line.push_str(&word);
            pending = rest.next();
            continue;
        }
        if is_last {
            end_with_ellipsis(line, &word, size, width_max);
            return lines;
        }
        if !line.is_empty() {
            lines.push(String::new());
            pending = Some(word);
            continue;
        }
        // A word that is too wide for a line of its own is broken.
        let mut left = String::new();
        for c in word.chars() {
            if left.is_empty() && (line.is_empty() || width(line, size) + em(c) * size <= width_max)
            {
                line.push(c);
            } else {
                left.push(c);
            }
        }
        if left.is_empty() {
            pending = rest.next();
        } else {
            lines.push(String::new());
            pending = Some(left);
        }
    }
    lines
}

/// As much of a word as there is room for, and that there is more.
fn end_with_ellipsis(line: &mut String, word: &str, size: f64, width_max: f64) {
    if !line.is_empty() {
        line.push(' ');
    }
    line.push_str(word);
    while !line.is_empty() && width(line, size) + em('…') * size > width_max {
        line.pop();
    }
    line.truncate(line.trim_end().len());
    line.push('…');
}

/// A text as XML may have it. What turns the direction of text round is left out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_wrapped_and_ends_with_an_ellipsis() {
        let lines = wrap("the user is in the group Administrators", 10.0, 90.0, 9);
        assert!(lines.len() > 2 && lines.iter().all(|l| width(l, 10.0) <= 90.0));
        assert_eq!(lines.join(" "), "the user is in the group Administrators");
        let lines = wrap(&"x".repeat(200), 10.0, 90.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…') && width(&lines[1], 10.0) <= 90.0);
        assert_eq!(wrap("", 10.0, 90.0, 2), [""]);
    }

    #[test]
    fn nothing_is_left_that_xml_forbids() {
        assert_eq!(
            escape("<a b=\"&\">\u{0}\u{ffff}"),
            "&lt;a b=&quot;&amp;&quot;&gt; \u{fffd}"
        );
    }
}
