//! Sets of the lanes of a block.
//!
//! Four words without a branch, which the compiler makes two vector registers of, or one.

use gatewright_bytecode::masks::Lanes;

/// No lane.
pub(crate) const NOTHING: Lanes = [0; 4];
/// Every lane.
pub(crate) const EVERYTHING: Lanes = [u64::MAX; 4];

#[inline(always)]
pub(crate) const fn and(a: Lanes, b: Lanes) -> Lanes {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
    [a0 & b0, a1 & b1, a2 & b2, a3 & b3]
}

#[inline(always)]
pub(crate) const fn or(a: Lanes, b: Lanes) -> Lanes {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
    [a0 | b0, a1 | b1, a2 | b2, a3 | b3]
}

/// What is in the first but not in the second.
#[inline(always)]
pub(crate) const fn and_not(a: Lanes, b: Lanes) -> Lanes {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
    [a0 & !b0, a1 & !b1, a2 & !b2, a3 & !b3]
}

/// Whether there is any lane.
#[inline(always)]
pub(crate) const fn any(lanes: Lanes) -> bool {
    let [a, b, c, d] = lanes;
    a | b | c | d != 0
}

/// One lane.
#[inline]
pub(crate) fn only(lane: u8) -> Lanes {
    let bit = 1 << (lane % 64);
    [0, 64, 128, 192].map(|first| if lane & 192 == first { bit } else { 0 })
}

/// The members of a word, ascending.
#[inline]
pub(crate) fn members(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let member = word.trailing_zeros();
        (word != 0).then(|| {
            word &= word - 1;
            member as usize
        })
    })
}

/// The numbers of lanes, ascending.
pub(crate) fn numbers(lanes: Lanes) -> impl Iterator<Item = usize> {
    let words = lanes.into_iter().zip([0, 64, 128, 192]);
    words.flat_map(|(word, first)| members(word).map(move |lane| first + lane))
}
