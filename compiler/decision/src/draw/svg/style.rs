//! How pictures look.

/// Light by default; dark where the reader prefers it, never on paper.
pub(super) const STYLE: &str = "<style>
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;\
font-size:12px;fill:#1c2733}
.page{fill:#f4f6f9}
.card{fill:#ffffff;stroke:#dbe1e8}
.page-title{font-size:20px;font-weight:600}
.title{font-size:14px;font-weight:600}
.said,.effect{fill:#55636f}
.said{font-size:12px}
.middle{text-anchor:middle}
.test rect{fill:#eaf1fb;stroke:#8fb0d9}
.open rect{fill:#fdf6e6;stroke:#d9b45f;stroke-dasharray:4 3}
.yes rect{fill:#1b7a4b}
.may rect{fill:#96600a}
.no rect{fill:#66727f}
.yes text,.may text,.no text{fill:#ffffff;font-weight:600}
.line{fill:none;stroke:#5d7188;stroke-width:1.4}
.unknown{stroke-dasharray:1.5 4;stroke-linecap:round;stroke-width:1.8}
.tip{fill:#5d7188}
.label rect{fill:#ffffff}
.label text{font-size:11px;fill:#33475b}
.stub{fill:none;stroke:#a5b0bc;stroke-width:1.4}
@media screen and (prefers-color-scheme:dark){
text{fill:#e3e9f0}
.page{fill:#12171d}
.card{fill:#1b222b;stroke:#303a46}
.said,.effect{fill:#9dabb9}
.test rect{fill:#22344a;stroke:#4f749f}
.open rect{fill:#382f1c;stroke:#96763a}
.yes rect{fill:#23845a}
.may rect{fill:#a56b10}
.line{stroke:#8ba0b6}
.tip{fill:#8ba0b6}
.label rect{fill:#1b222b}
.label text{fill:#c3d0dd}
.stub{stroke:#5c6875}
}
@media print{
.page{fill:none}
rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
</style>
";

/// The legend: marks, how wide they are, and what they mean.
pub(super) const LEGEND: [(&str, f64, &str); 7] = [
    (
        "<g class=\"test\"><rect x=\"0.5\" y=\"-8.5\" width=\"28\" height=\"17\" rx=\"5\"/></g>",
        29.0,
        "a question",
    ),
    (
        "<g class=\"open\"><rect x=\"0.5\" y=\"-8.5\" width=\"28\" height=\"17\" rx=\"5\"/></g>",
        29.0,
        "a question after a missing fact",
    ),
    (
        "<path class=\"line\" d=\"M0 0H26\"/><path class=\"tip\" d=\"M32 0l-8 -4v8z\"/>",
        32.0,
        "an answer",
    ),
    (
        "<path class=\"line unknown\" d=\"M1 0H26\"/><path class=\"tip\" d=\"M32 0l-8 -4v8z\"/>",
        32.0,
        "the fact is missing",
    ),
    (
        "<g class=\"yes\"><rect x=\"0\" y=\"-8.5\" width=\"28\" height=\"17\" rx=\"8.5\"/></g>",
        28.0,
        "applies",
    ),
    (
        "<g class=\"may\"><rect x=\"0\" y=\"-8.5\" width=\"28\" height=\"17\" rx=\"8.5\"/></g>",
        28.0,
        "may apply: missing facts decide",
    ),
    (
        "<path class=\"stub\" d=\"M0 0H16M16 -5V5\"/>",
        18.0,
        "any other answer: does not apply",
    ),
];
