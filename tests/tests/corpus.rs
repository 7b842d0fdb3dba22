use gatewright_compiler::compile;
use gatewright_tests::corpus::origins;
use gatewright_diagnostics::Severity;
#[test]
fn scratch() {
    for o in origins() {
        let t = std::time::Instant::now();
        let c = compile(&o.input());
        let errs = c.diagnostics.iter().filter(|d| d.severity==Severity::Error).count();
        let warn = c.diagnostics.iter().filter(|d| d.severity==Severity::Warning).count();
        println!("{} files {} policies {} errors {errs} warnings {warn} {:?}", o.name, o.files().count(), c.set.policies.len(), t.elapsed());
        for d in c.diagnostics.iter().filter(|d| d.severity==Severity::Error) {
            let s=d.span();
            println!("    {} {} {}:{:?}", d.code.name(), d.message, c.sources.name(s.source), c.sources.get(s.source).unwrap().position(s.start));
        }
        let t = std::time::Instant::now();
        let s = gatewright_tests::engines::Subject::new(c.set);
        println!("   subject {:?} {:?}", s.as_ref().err(), t.elapsed());
    }
}
