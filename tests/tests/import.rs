use gatewright_compiler::{compile, Input, SourceFile};
use gatewright_tests::corpus::tenants;
use gatewright_interop::{write_project, ImportOptions};
use gatewright_diagnostics::Severity;
use std::collections::BTreeMap;
#[test]
fn scratch() {
    for o in tenants() {
        let c = compile(&o.input);
        let files = write_project(&c.set, &ImportOptions::default());
        if let Ok(dir) = std::env::var("OUT") { for (p, t) in &files { let p = format!("{dir}/{}/{p}", o.name.replace('/', "+")); std::fs::create_dir_all(std::path::Path::new(&p).parent().unwrap()).unwrap(); std::fs::write(p, t).unwrap(); } }
        let mut input = Input::default();
        for (path, text) in files { let f = SourceFile { path: path.clone(), bytes: text.into_bytes() }; if path.ends_with(".toml") { input.manifest = Some(f) } else { input.files.push(f) } }
        let t = compile(&input);
        println!("{} policies {} -> {}", o.name, c.set.policies.len(), t.set.policies.len());
        let count = |c: &gatewright_compiler::Compilation| { let mut m = BTreeMap::new(); for d in c.diagnostics.iter().filter(|d| d.severity>=Severity::Warning) { *m.entry(d.code.name()).or_insert(0)+=1; } m };
        println!("   json {:?}\n   text {:?}", count(&c), count(&t));
        for d in t.diagnostics.iter().filter(|d| d.severity==Severity::Error).take(6) {
            let s=d.span();
            println!("    {} {} {}:{:?} {}", d.code.name(), d.message, t.sources.name(s.source), t.sources.get(s.source).unwrap().position(s.start), t.sources.text(s));
        }
    }
}
