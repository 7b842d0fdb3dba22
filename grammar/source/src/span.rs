//! Places in source texts.

/// One text of a [`SourceMap`](crate::SourceMap), in the order of loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SourceId(pub u32);

/// A half-open range of bytes in one source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// The text that the range is in.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// First byte after the range; never before `start`.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `source`; an inverted range becomes empty.
    #[must_use]
    pub fn new(source: SourceId, start: u32, end: u32) -> Self {
        Span {
            source,
            start,
            end: end.max(start),
        }
    }

    /// The smallest span that holds both; `other` must be of the same source, else `self` is
    /// returned unchanged.
    #[must_use]
    pub fn to(self, other: Span) -> Self {
        if self.source != other.source {
            return self;
        }
        Span::new(
            self.source,
            self.start.min(other.start),
            self.end.max(other.end),
        )
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether the range holds no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// As a range of indexes into the text.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}
