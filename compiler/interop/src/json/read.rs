//! Text to [`Value`]s, recursive under the nesting cap.
//!
//! A comment, a trailing or a missing comma is reported and passed over; after anything else the
//! rest of the text is not looked at, because guesses about it would be problems of our making.

use std::borrow::Cow;
use std::collections::HashMap;

use gatewright_source::{SourceId, Span};

use super::escape::{Unescaped, unescape};
use super::{Kind, Member, NESTING_MAX, Value};

/// Something that JSON does not allow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonProblem {
    pub(crate) kind: JsonProblemKind,
    pub(crate) span: Span,
}

/// What JSON does not allow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum JsonProblemKind {
    /// Something else stands where this should.
    Expected(&'static str),
    /// The text ends inside the array or object that opens here.
    Unclosed(Span),
    Comment,
    TrailingComma,
    MissingComma,
    UnterminatedString,
    BadEscape,
    /// Half of a pair of UTF-16 code units.
    LoneSurrogate,
    ControlCharacter,
    TooDeep,
    /// The member was there before, at this place.
    Duplicate(String, Span),
}

/// Read the one value of a text. `None` where the text breaks off or goes wrong for good.
pub(crate) fn read<'t>(source: SourceId, text: &'t str) -> (Option<Value<'t>>, Vec<JsonProblem>) {
    let mut reader = Reader {
        source,
        text,
        at: 0,
        depth: 0,
        problems: Vec::new(),
    };
    let value = reader.document().ok();
    (value, reader.problems)
}

/// The text cannot be read on; the problem has been noted.
struct Stop;

struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    at: usize,
    depth: usize,
    problems: Vec<JsonProblem>,
}

/// LIMIT: slips that are passed over in one text.
const SLIPS_MAX: usize = 50;

impl<'t> Reader<'t> {
    fn document(&mut self) -> Result<Value<'t>, Stop> {
        self.space()?;
        let value = self.value()?;
        self.space()?;
        if self.peek().is_some() {
            return Err(self.expected("the end of the file"));
        }
        Ok(value)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(self.source, offset(start), offset(end))
    }

    /// The character here, or nothing at the end of the text.
    fn here(&self) -> Span {
        let length = self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next());
        self.span(self.at, self.at + length.map_or(0, char::len_utf8))
    }

    fn note(&mut self, kind: JsonProblemKind, span: Span) {
        self.problems.push(JsonProblem { kind, span });
    }

    fn stop(&mut self, kind: JsonProblemKind, span: Span) -> Stop {
        self.note(kind, span);
        Stop
    }

    fn expected(&mut self, what: &'static str) -> Stop {
        let here = self.here();
        self.stop(JsonProblemKind::Expected(what), here)
    }

    /// Note a slip and read on, as long as there are not too many.
    fn slip(&mut self, kind: JsonProblemKind, span: Span) -> Result<(), Stop> {
        self.note(kind, span);
        if self.problems.len() < SLIPS_MAX {
            Ok(())
        } else {
            Err(Stop)
        }
    }

    fn space(&mut self) -> Result<(), Stop> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'/') => self.comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else {
            return Err(self.expected("a value"));
        };
        self.at = start + length;
        let span = self.span(start, self.at);
        self.slip(JsonProblemKind::Comment, span)
    }

    fn value(&mut self) -> Result<Value<'t>, Stop> {
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Kind::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Kind::Number(self.number()?),
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.word()?,
            _ => return Err(self.expected("a value")),
        };
        Ok(Value {
            kind,
            span: self.span(start, self.at),
        })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Kind<'t>, Stop>) -> Result<Kind<'t>, Stop> {
        if self.depth == NESTING_MAX {
            let here = self.here();
            return Err(self.stop(JsonProblemKind::TooDeep, here));
        }
        self.depth += 1;
        let kind = read(self)?;
        self.depth -= 1;
        Ok(kind)
    }

    fn array(&mut self) -> Result<Kind<'t>, Stop> {
        let open = self.here();
        self.at += 1;
        let mut items = Vec::new();
        while self.is_next(open, b']', !items.is_empty(), "`,` or `]`")? {
            items.push(self.value()?);
        }
        Ok(Kind::Array(items))
    }

    fn object(&mut self) -> Result<Kind<'t>, Stop> {
        let open = self.here();
        self.at += 1;
        let mut members: Vec<Member<'t>> = Vec::new();
        while self.is_next(open, b'}', !members.is_empty(), "`,` or `}`")? {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.expected("the name of a member in double quotes"));
            }
            let name = self.string()?;
            let name_span = self.span(start, self.at);
            self.space()?;
            if self.peek() != Some(b':') {
                return Err(self.expected("`:`"));
            }
            self.at += 1;
            self.space()?;
            let value = self.value()?;
            members.push(Member {
                name,
                name_span,
                value,
            });
        }
        self.drop_repeated(&mut members);
        Ok(Kind::Object(members))
    }

    /// Go to the next item or past the closing bracket; whether there is an item.
    fn is_next(
        &mut self,
        open: Span,
        close: u8,
        has_items: bool,
        expected: &'static str,
    ) -> Result<bool, Stop> {
        let end_of_item = self.span(self.at, self.at);
        self.space()?;
        let comma = self.here();
        let has_comma = has_items && self.peek() == Some(b',');
        if has_comma {
            self.at += 1;
            self.space()?;
        }
        match self.peek() {
            None => {
                let end = self.here();
                Err(self.stop(JsonProblemKind::Unclosed(open), end))
            }
            Some(byte) if byte == close => {
                self.at += 1;
                if has_comma {
                    self.slip(JsonProblemKind::TrailingComma, comma)?;
                }
                Ok(false)
            }
            Some(b'"' | b'{' | b'[') if has_items && !has_comma => {
                self.slip(JsonProblemKind::MissingComma, end_of_item)?;
                Ok(true)
            }
            Some(_) if has_items && !has_comma => Err(self.expected(expected)),
            Some(_) => Ok(true),
        }
    }

    /// Names are compared without case, because exports of some tools spell them in their own.
    fn drop_repeated(&mut self, members: &mut Vec<Member<'t>>) {
        let mut seen: HashMap<String, Span> = HashMap::with_capacity(members.len());
        let mut repeated = Vec::new();
        members.retain(|member| {
            let first = *seen
                .entry(member.name.to_ascii_lowercase())
                .or_insert(member.name_span);
            if first == member.name_span {
                return true;
            }
            repeated.push((member.name.to_string(), member.name_span, first));
            false
        });
        for (name, span, first) in repeated {
            self.note(JsonProblemKind::Duplicate(name, first), span);
        }
    }

    fn string(&mut self) -> Result<Cow<'t, str>, Stop> {
        let start = self.at;
        let body = start + 1;
        let bytes = self.text.as_bytes();
        let mut end = body;
        let mut has_escape = false;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => {
                    has_escape = true;
                    end += 2;
                }
                Some(b'\n') | None => {
                    let span = self.span(start, end.min(self.text.len()));
                    return Err(self.stop(JsonProblemKind::UnterminatedString, span));
                }
                Some(0..0x20) => {
                    let span = self.span(end, end + 1);
                    self.slip(JsonProblemKind::ControlCharacter, span)?;
                    end += 1;
                }
                Some(_) => end += 1,
            }
        }
        self.at = end + 1;
        let raw = self.text.get(body..end).unwrap_or_default();
        if has_escape {
            self.unescaped(raw, body).map(Cow::Owned)
        } else {
            Ok(Cow::Borrowed(raw))
        }
    }

    fn unescaped(&mut self, raw: &str, offset: usize) -> Result<String, Stop> {
        let mut text = String::with_capacity(raw.len());
        for piece in unescape(raw) {
            let place = self.span(offset + piece.range.start, offset + piece.range.end);
            match piece.value {
                Unescaped::Plain(plain) => text.push_str(plain),
                Unescaped::Character(character) => text.push(character),
                Unescaped::Bad => return Err(self.stop(JsonProblemKind::BadEscape, place)),
                Unescaped::LoneSurrogate => {
                    text.push(char::REPLACEMENT_CHARACTER);
                    self.slip(JsonProblemKind::LoneSurrogate, place)?;
                }
            }
        }
        Ok(text)
    }

    fn number(&mut self) -> Result<&'t str, Stop> {
        let start = self.at;
        let bytes = self.text.as_bytes().get(start..).unwrap_or_default();
        let is_part =
            |b: &&u8| matches!(**b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'a'..=b'z' | b'A'..=b'Z');
        let length = bytes.iter().take_while(is_part).count();
        let number = self.text.get(start..start + length).unwrap_or_default();
        if !is_number(number) {
            let span = self.span(start, start + length);
            return Err(self.stop(JsonProblemKind::Expected("a number"), span));
        }
        self.at = start + length;
        Ok(number)
    }

    fn word(&mut self) -> Result<Kind<'t>, Stop> {
        let start = self.at;
        let bytes = self.text.as_bytes().get(start..).unwrap_or_default();
        let length = bytes
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        let kind = match self.text.get(start..start + length).unwrap_or_default() {
            "null" => Kind::Null,
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            _ => {
                let span = self.span(start, start + length);
                return Err(self.stop(JsonProblemKind::Expected("a value"), span));
            }
        };
        self.at = start + length;
        Ok(kind)
    }
}

/// `-12.5e+3`, without leading zeros.
fn is_number(text: &str) -> bool {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let sign_free = |e: &str| digits(e.strip_prefix(['+', '-']).unwrap_or(e));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(sign_free)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<JsonProblemKind> {
        read(SourceId(0), text)
            .1
            .into_iter()
            .map(|p| p.kind)
            .collect()
    }

    #[test]
    fn values_know_their_places() {
        let text = "{ \"å\": [1, \"b\\n\"] }";
        let (value, found) = read(SourceId(0), text);
        assert_eq!(found, []);
        let value = value.unwrap();
        let member = &value.as_object().unwrap()[0];
        assert_eq!(&text[member.name_span.range()], "\"å\"");
        let items = member.value.as_array().unwrap();
        assert_eq!(&text[items[1].span.range()], "\"b\\n\"");
        assert_eq!(items[1].as_str(), Some("b\n"));
    }

    #[test]
    fn slips_are_told_and_passed_over() {
        let text = "// x\n{ \"a\": [1, 2,], /* y */ \"b\": true \"c\": null, }";
        let (value, found) = read(SourceId(0), text);
        assert_eq!(value.unwrap().as_object().unwrap().len(), 3);
        let kinds: Vec<_> = found.into_iter().map(|p| p.kind).collect();
        use JsonProblemKind::*;
        assert_eq!(
            kinds,
            [Comment, TrailingComma, Comment, MissingComma, TrailingComma]
        );
    }

    #[test]
    fn repeated_members_are_told_and_the_first_is_kept() {
        let (value, found) = read(SourceId(0), "{\"a\":1,\"A\":2}");
        assert!(matches!(&found[0].kind, JsonProblemKind::Duplicate(name, _) if name == "A"));
        assert_eq!(value.unwrap().get("a").unwrap().kind, Kind::Number("1"));
    }

    #[test]
    fn what_is_no_json_stops_the_reader_with_one_problem() {
        for text in [
            "",
            "{",
            "[1",
            "{\"a\"",
            "{\"a\":",
            "{\"a\" 1}",
            "{a:1}",
            "[1 2]",
            "nul",
            "True",
            "01",
            "1.",
            "-",
            "1e",
            "\"abc",
            "\"a\nb\"",
            "\"\\x\"",
            "\"\\u12\"",
            "{} x",
            "'a'",
            "[,]",
            "\"abc\\",
            "é",
        ] {
            let (_, found) = read(SourceId(0), text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
        }
        assert_eq!(problems("\"\\ud800\""), [JsonProblemKind::LoneSurrogate]);
        assert_eq!(problems("\"\\ud83d\\ude00\""), []);
    }

    #[test]
    fn nesting_is_capped() {
        let open = "[".repeat(5_000_000);
        assert_eq!(problems(&open), [JsonProblemKind::TooDeep]);
        let nested = format!("{}{}", "[".repeat(256), "]".repeat(256));
        assert_eq!(problems(&nested), []);
    }
}
