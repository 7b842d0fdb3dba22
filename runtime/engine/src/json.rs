//! JSON with places: a small reader that knows where everything was written.
//!
//! RFC 8259 and nothing more: no comments, no trailing commas. Strings are borrowed where they have
//! no escapes, numbers stay text, members stay in order, and a repeated member is an error with
//! both places, because readers differ in which one they take.
//!
//! LIMIT: values nest at most [`NESTING_MAX`] deep, so that no input makes reading recurse further.

use std::borrow::Cow;

/// LIMIT: nesting of values.
pub(crate) const NESTING_MAX: usize = 64;
/// LIMIT: values within one value, so that memory stays bounded.
pub(crate) const VALUES_MAX: usize = 1 << 20;

/// A value and where it starts, in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Json<'a> {
    pub(crate) offset: usize,
    pub(crate) value: Value<'a>,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Boolean(bool),
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Vec<Member<'a>>),
}

/// A member of an object.
#[derive(Clone, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) name: Cow<'a, str>,
    /// Where the name starts.
    pub(crate) offset: usize,
    pub(crate) json: Json<'a>,
}

impl Value<'_> {
    /// What it is, for messages.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Boolean(_) => "a truth value",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) offset: usize,
    pub(crate) message: String,
}

/// Reads one value after another from a text.
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: usize,
}

type Read<T> = Result<T, Malformed>;

impl<'a> Reader<'a> {
    /// A reader of this text; a byte order mark at its start is skipped.
    pub(crate) fn new(text: &'a str) -> Reader<'a> {
        let at = if text.starts_with('\u{FEFF}') {
            '\u{FEFF}'.len_utf8()
        } else {
            0
        };
        Reader {
            text,
            at,
            values: 0,
        }
    }

    /// The next value, or `None` at the end of the text.
    pub(crate) fn next_value(&mut self) -> Read<Option<Json<'a>>> {
        self.skip_space();
        self.values = 0;
        if self.peek().is_none() {
            Ok(None)
        } else {
            self.value(0).map(Some)
        }
    }

    /// Step over this punctuation, if it comes next.
    pub(crate) fn take(&mut self, punctuation: u8) -> bool {
        self.skip_space();
        let is_next = self.peek() == Some(punctuation);
        self.at += usize::from(is_next);
        is_next
    }

    /// That the text ends here, or that something else was expected.
    pub(crate) fn end(&mut self, expected: &str) -> Read<()> {
        self.skip_space();
        if self.peek().is_none() {
            Ok(())
        } else {
            self.fail_expecting(expected)
        }
    }

    /// That something was expected here.
    pub(crate) fn fail_expecting<T>(&self, expected: &str) -> Read<T> {
        match self.rest().chars().next() {
            None => self.fail(format!("the text ends where {expected} is expected")),
            Some(found) => self.fail(format!(
                "found `{}` where {expected} is expected",
                found.escape_debug()
            )),
        }
    }

    /// The only value of the text.
    pub(crate) fn only_value(mut self) -> Read<Json<'a>> {
        let Some(value) = self.next_value()? else {
            return self.fail("there is no value");
        };
        self.end("the end")?;
        Ok(value)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn fail<T>(&self, message: impl Into<String>) -> Read<T> {
        Err(Malformed {
            offset: self.at,
            message: message.into(),
        })
    }

    fn value(&mut self, depth: usize) -> Read<Json<'a>> {
        let offset = self.at;
        self.values += 1;
        if self.values > VALUES_MAX {
            return self.fail(format!("there are more than {VALUES_MAX} values"));
        }
        if depth >= NESTING_MAX {
            return self.fail(format!("values nest more than {NESTING_MAX} deep"));
        }
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Json { offset, value })
    }

    fn word(&mut self) -> Read<Value<'a>> {
        let words = [
            ("null", Value::Null),
            ("true", Value::Boolean(true)),
            ("false", Value::Boolean(false)),
        ];
        for (word, value) in words {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.fail_expecting("a value")
    }

    fn object(&mut self, depth: usize) -> Read<Value<'a>> {
        self.at += 1;
        let mut members: Vec<Member<'a>> = Vec::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            let offset = self.at;
            if self.peek() != Some(b'"') {
                return self.fail_expecting("the name of a member");
            }
            let name = self.string()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return self.fail_expecting("`:`");
            }
            self.at += 1;
            self.skip_space();
            let json = self.value(depth + 1)?;
            members.push(Member { name, offset, json });
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return self.fail_expecting("`,` or `}`"),
            }
        }
        self.at += 1;
        match repeated(&members) {
            None => Ok(Value::Object(members)),
            Some((offset, name)) => Err(Malformed {
                offset,
                message: format!("the member `{name}` is given twice"),
            }),
        }
    }

    fn array(&mut self, depth: usize) -> Read<Value<'a>> {
        self.at += 1;
        let mut elements = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(elements));
        }
        loop {
            self.skip_space();
            elements.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return self.fail_expecting("`,` or `]`"),
            }
        }
        self.at += 1;
        Ok(Value::Array(elements))
    }

    fn number(&mut self) -> Read<Value<'a>> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.fail("a number does not start with 0");
        }
        Ok(Value::Number(
            self.text.get(start..self.at).unwrap_or_default(),
        ))
    }

    fn digits(&mut self) -> Read<()> {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += count;
        if count == 0 {
            self.fail_expecting("a digit")
        } else {
            Ok(())
        }
    }

    fn string(&mut self) -> Read<Cow<'a, str>> {
        self.at += 1;
        let mut unescaped = None::<String>;
        loop {
            let rest = self.rest();
            let Some(length) = rest
                .bytes()
                .position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\')
            else {
                self.at += rest.len();
                return self.fail("the string is not closed");
            };
            let plain = rest.get(..length).unwrap_or_default();
            self.at += length;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match unescaped {
                        None => Cow::Borrowed(plain),
                        Some(text) => Cow::Owned(text + plain),
                    });
                }
                Some(b'\\') => {
                    let text = unescaped.get_or_insert_default();
                    text.push_str(plain);
                    let character = self.escape()?;
                    text.push(character);
                }
                _ => return self.fail("a control character in a string must be escaped"),
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let escape = self.rest().as_bytes().get(1).copied();
        let character = match escape {
            Some(same @ (b'"' | b'\\' | b'/')) => char::from(same),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return self.fail("there is no such escape"),
        };
        self.at += 2;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Read<char> {
        let Some(first) = self.code_unit() else {
            return self.fail("`\\u` takes four hexadecimal digits");
        };
        if let Some(character) = char::from_u32(first) {
            self.at += 6;
            return Ok(character);
        }
        // Half of a pair: the other half must follow.
        let start = self.at;
        self.at += 6;
        let second = self
            .code_unit()
            .filter(|unit| (0xDC00..0xE000).contains(unit));
        let (true, Some(second)) = (first < 0xDC00, second) else {
            self.at = start;
            return self.fail("half of a surrogate pair stands alone");
        };
        self.at += 6;
        let scalar = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        Ok(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn code_unit(&self) -> Option<u32> {
        let digits = self.rest().strip_prefix("\\u")?.get(..4)?;
        let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16)
            .ok()
            .filter(|_| is_hexadecimal)
    }
}

/// The second of two members of the same name.
fn repeated<'m>(members: &'m [Member<'_>]) -> Option<(usize, &'m str)> {
    let mut sorted: Vec<(&str, usize)> = members
        .iter()
        .map(|member| (member.name.as_ref(), member.offset))
        .collect();
    sorted.sort_unstable();
    let pairs = sorted.iter().zip(sorted.iter().skip(1));
    let seconds = pairs.filter(|(first, second)| first.0 == second.0);
    seconds.map(|(_, second)| (second.1, second.0)).min()
}

/// Line and column of a byte, both from 1; columns are characters.
pub(crate) fn line_and_column(bytes: &[u8], offset: usize) -> (u32, u32) {
    let before = bytes.get(..offset).unwrap_or(bytes);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let current = before.get(start..).unwrap_or_default();
    // Bytes that continue a character are not counted.
    let column = current
        .iter()
        .filter(|byte| (**byte & 0xC0) != 0x80)
        .count()
        + 1;
    let narrow = |count| u32::try_from(count).unwrap_or(u32::MAX);
    (narrow(line), narrow(column))
}
