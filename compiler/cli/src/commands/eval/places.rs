//! Places in reports, by the paths that were given. A program knows files by their paths in the
//! project.

use gatewright_compiler::Compilation;
use gatewright_runtime::Report;

/// Name every file of a report as the caller does.
pub(super) fn show(report: &mut Report, compilation: &Compilation) {
    let (policies, explanation) = match report {
        Report::Entra(report) => (&mut report.policies, &mut report.explanation),
        Report::Own(report) => (&mut report.policies, &mut report.explanation),
    };
    let conditions = policies
        .iter_mut()
        .flat_map(|policy| &mut policy.conditions);
    let of_conditions = conditions.flatten().map(|condition| &mut condition.file);
    let requirements = explanation.iter_mut().flat_map(|one| &mut one.requirements);
    let of_requirements = requirements.map(|requirement| &mut requirement.file);
    for file in of_conditions.chain(of_requirements).flatten() {
        *file = compilation.shown_file(file).to_owned();
    }
}
