//! The matrix in words.

use gatewright_analysis::analyze::Cell;

use super::naming::persona;
use super::{MatrixCell, MatrixRow, Teller};

impl Teller<'_> {
    pub(super) fn matrix(&self) -> Vec<MatrixRow> {
        let rows = self.analysis.matrix.rows.iter();
        let rows = rows.map(|(who, cells)| {
            let (name, about) = persona(self.set, &who.kind);
            let cells = cells.iter();
            MatrixRow {
                persona: name,
                about,
                cells: cells
                    .map(|risks| risks.iter().map(|one| self.cell(one)).collect())
                    .collect(),
            }
        });
        rows.collect()
    }

    fn cell(&self, cell: &Cell) -> MatrixCell {
        let witness = cell.witness.as_ref();
        MatrixCell {
            access: cell.access,
            witness: witness.map(|one| self.court.admitted("an open cell of the matrix", one)),
        }
    }
}
