//! Trees of JSON: values with their places.
//!
//! LIMIT: values nest at most [`NESTING_MAX`] deep, so that no input makes reading recurse further.

use std::borrow::Cow;

use super::Malformed;
use super::scanner::Scanner;

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

/// Reads one value after another from a text.
pub(crate) struct Reader<'a> {
    scanner: Scanner<'a>,
    values: usize,
}

type Read<T> = Result<T, Malformed>;

impl<'a> Reader<'a> {
    /// A reader of this text; a byte order mark at its start is skipped.
    pub(crate) fn new(text: &'a str) -> Reader<'a> {
        let mut scanner = Scanner::new(text);
        scanner.take_all("\u{FEFF}".as_bytes());
        Reader { scanner, values: 0 }
    }

    /// The next value, or `None` at the end of the text.
    pub(crate) fn next_value(&mut self) -> Read<Option<Json<'a>>> {
        self.scanner.skip_space();
        self.values = 0;
        if self.scanner.peek().is_none() {
            Ok(None)
        } else {
            self.value(0).map(Some)
        }
    }

    /// Step over this punctuation, if it comes next.
    pub(crate) fn take(&mut self, punctuation: u8) -> bool {
        self.scanner.skip_space();
        self.scanner.take(punctuation)
    }

    /// That the text ends here, or that something else was expected.
    pub(crate) fn end(&mut self, expected: &str) -> Read<()> {
        self.scanner.skip_space();
        if self.scanner.peek().is_none() {
            Ok(())
        } else {
            self.fail_expecting(expected)
        }
    }

    /// That something was expected here.
    pub(crate) fn fail_expecting<T>(&self, expected: &str) -> Read<T> {
        match self.scanner.character() {
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

    fn fail<T>(&self, message: impl Into<String>) -> Read<T> {
        Err(Malformed {
            offset: self.scanner.offset(),
            message: message.into(),
        })
    }

    fn value(&mut self, depth: usize) -> Read<Json<'a>> {
        let offset = self.scanner.offset();
        self.values += 1;
        if self.values > VALUES_MAX {
            return self.fail(format!("there are more than {VALUES_MAX} values"));
        }
        if depth >= NESTING_MAX {
            return self.fail(format!("values nest more than {NESTING_MAX} deep"));
        }
        let value = match self.scanner.peek() {
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
            if self.scanner.take_all(word.as_bytes()) {
                return Ok(value);
            }
        }
        self.fail_expecting("a value")
    }

    fn object(&mut self, depth: usize) -> Read<Value<'a>> {
        self.scanner.take(b'{');
        let mut members: Vec<Member<'a>> = Vec::new();
        self.scanner.skip_space();
        if self.scanner.take(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.scanner.skip_space();
            let offset = self.scanner.offset();
            if self.scanner.peek() != Some(b'"') {
                return self.fail_expecting("the name of a member");
            }
            let name = self.string()?;
            self.scanner.skip_space();
            if !self.scanner.take(b':') {
                return self.fail_expecting("`:`");
            }
            self.scanner.skip_space();
            let json = self.value(depth + 1)?;
            members.push(Member { name, offset, json });
            self.scanner.skip_space();
            if self.scanner.take(b'}') {
                break;
            }
            if !self.scanner.take(b',') {
                return self.fail_expecting("`,` or `}`");
            }
        }
        match repeated(&members) {
            None => Ok(Value::Object(members)),
            Some((offset, name)) => Err(Malformed {
                offset,
                message: format!("the member `{name}` is given twice"),
            }),
        }
    }

    fn array(&mut self, depth: usize) -> Read<Value<'a>> {
        self.scanner.take(b'[');
        let mut elements = Vec::new();
        self.scanner.skip_space();
        if self.scanner.take(b']') {
            return Ok(Value::Array(elements));
        }
        loop {
            self.scanner.skip_space();
            elements.push(self.value(depth + 1)?);
            self.scanner.skip_space();
            if self.scanner.take(b']') {
                break;
            }
            if !self.scanner.take(b',') {
                return self.fail_expecting("`,` or `]`");
            }
        }
        Ok(Value::Array(elements))
    }

    fn number(&mut self) -> Read<Value<'a>> {
        let start = self.scanner.offset();
        self.scanner.take(b'-');
        if !self.scanner.take(b'0') {
            self.digits()?;
        }
        if self.scanner.take(b'.') {
            self.digits()?;
        }
        if self.scanner.take(b'e') || self.scanner.take(b'E') {
            let _sign = self.scanner.take(b'+') || self.scanner.take(b'-');
            self.digits()?;
        }
        if self
            .scanner
            .peek()
            .is_some_and(|byte| byte.is_ascii_digit())
        {
            return self.fail("a number does not start with 0");
        }
        Ok(Value::Number(self.scanner.text_from(start)))
    }

    fn digits(&mut self) -> Read<()> {
        let rest = self.scanner.rest().iter();
        let count = rest.take_while(|byte| byte.is_ascii_digit()).count();
        self.scanner.skip(count);
        if count == 0 {
            self.fail_expecting("a digit")
        } else {
            Ok(())
        }
    }

    fn string(&mut self) -> Read<Cow<'a, str>> {
        self.scanner.take(b'"');
        let plain = self.scanner.plain();
        if self.scanner.take(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_owned();
        loop {
            match self.scanner.peek() {
                Some(b'"') => {
                    self.scanner.skip(1);
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => match self.scanner.escape() {
                    Ok(character) => text.push(character),
                    Err(message) => return self.fail(message),
                },
                None => return self.fail("the string is not closed"),
                Some(_) => return self.fail("a control character in a string must be escaped"),
            }
            text.push_str(self.scanner.plain());
        }
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
