//! Gatewright beside what one would otherwise use, in one run.
//!
//! All contenders decide the same sign-ins of the same tenant, are checked to come to the same
//! decisions, and take turns while they are measured. See `README.md` for what each of them does and
//! what is timed.

mod batch;
mod cedar;
mod cel_peer;
mod clock;
mod condition;
mod contender;
mod growth;
mod masks;
mod options;
mod ours;
mod parsing;
mod plain;
mod prepared;
mod real;
mod rego;
mod report;
mod run;
mod tuned;
mod wirefilter_peer;

use gatewright_tests::workload::sign_ins::{json, sign_ins};
use gatewright_tests::workload::{Shape, Workload, oracle};

use contender::{Answer, Field};
use options::{HELP, Options};

/// Sign-ins that fast contenders are asked.
const SIGN_INS: usize = 1_000;

fn main() -> Result<(), String> {
    let Some(options) = Options::read(std::env::args().skip(1))? else {
        println!("{HELP}");
        return Ok(());
    };
    let mut tables = report::heading();
    if options.wants("peers") {
        for count in &options.policies {
            for shape in &options.shapes {
                let is_same = *shape == Shape::Narrow && *count <= 240;
                if !is_same {
                    tables += &peers(&options, *shape, *count)?;
                }
            }
        }
    }
    if options.wants("growth") {
        tables += &growth::table(&options)?;
    }
    if options.wants("batch") {
        tables += &batch::table(&options)?;
    }
    if options.wants("corpus") {
        tables += &real::table(&options)?;
    }
    println!("{tables}");
    if options.write {
        report::write(&tables)?;
    }
    Ok(())
}

/// All contenders on one set of policies.
fn peers(options: &Options, shape: Shape, count: usize) -> Result<String, String> {
    eprintln!("{count} {} policies", shape.name());
    let workload = Workload::new(shape, count);
    let sign_ins = sign_ins(&workload.locations, SIGN_INS);
    let texts: Vec<Vec<u8>> = sign_ins.iter().map(|s| json(s).into_bytes()).collect();
    let (mut lists, mut combined) = (Vec::new(), Vec::new());
    for sign_in in &sign_ins {
        let (list, decision) = oracle::decide(&workload.policies, &workload.locations, sign_in);
        lists.push(list);
        combined.push(Answer::Combined(decision));
    }
    let mut field = Field {
        only: options.only.clone(),
        ..Field::default()
    };
    plain::add(&mut field, &workload, &sign_ins, &texts);
    tuned::add(&mut field, &workload, &sign_ins, &texts);
    masks::add(&mut field, &workload, &sign_ins, &texts);
    ours::add(&mut field, &workload, &sign_ins, &texts);
    parsing::add(&mut field, &texts);
    wirefilter_peer::add(&mut field, &workload, &sign_ins);
    cel_peer::add(&mut field, &workload, &sign_ins, &texts);
    cedar::add(&mut field, &workload, &sign_ins, &texts);
    rego::add(&mut field, &workload, &sign_ins, &texts);
    run::check(&mut field.contenders, &lists, &combined)?;
    eprintln!("  {} contenders agree", field.contenders.len());
    let measured = run::measure(&mut field.contenders, options);
    let applying = lists.iter().map(Vec::len).sum::<usize>() as f64 / lists.len() as f64;
    let bytes = texts.iter().map(Vec::len).sum::<usize>() / texts.len();
    let mut text = format!(
        "\n### {count} policies, {}\n\n{applying:.1} policies apply to a sign-in on average; a request has {bytes} bytes.\n\n",
        shape.name()
    );
    text += &report::peers(&measured, &field.loads);
    for note in &field.notes {
        text += &format!("\n- {note}");
    }
    Ok(text + "\n")
}
