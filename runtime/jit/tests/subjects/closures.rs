//! Diagrams as closures: what native code is measured against beside the interpreter.

use std::sync::Arc;

use gatewright_bytecode::{Instruction, Program};
use gatewright_runtime::Rail;
use gatewright_value::vocabulary::State;

type Node = Arc<dyn Fn(&[u32]) -> bool + Send + Sync>;

/// The policies of a program that are not disabled, as closures.
pub struct Closures {
    rails: [Vec<(u32, Node)>; 2],
}

impl Closures {
    pub fn new(program: &Program) -> Closures {
        let mut nodes: Vec<Option<Node>> = vec![None; program.code.len()];
        // Targets lie ahead, so they are there when something names them.
        let starts: Vec<u32> = gatewright_bytecode::instructions(&program.code)
            .map(|found| found.unwrap().0)
            .collect();
        for at in starts.into_iter().rev() {
            nodes[at as usize] = Some(node(program, &nodes, at));
        }
        let policies = (0u32..).zip(&program.policies);
        let policies = policies.filter(|row| row.1.state != State::Disabled);
        let of = |entry: u32| nodes[entry as usize].clone().unwrap();
        let certain = policies
            .clone()
            .map(|(number, policy)| (number, of(policy.certain)));
        let certain = certain.collect();
        let possible = policies.map(|(number, policy)| (number, of(policy.possible)));
        Closures {
            rails: [certain, possible.collect()],
        }
    }

    pub fn applying(&self, classes: &[u32], rail: Rail, applying: &mut Vec<u32>) {
        let policies = match rail {
            Rail::Certain => &self.rails[0],
            Rail::Possible => &self.rails[1],
        };
        for (number, holds) in policies {
            if holds(classes) {
                applying.push(*number);
            }
        }
    }
}

fn node(program: &Program, nodes: &[Option<Node>], at: u32) -> Node {
    let node = |at: u32| nodes[at as usize].clone().unwrap();
    let instruction = Instruction::decode(&program.code, at).unwrap();
    let is = |at: u32, end| Instruction::decode(&program.code, at) == Some(end);
    match instruction {
        Instruction::Reject => Arc::new(|_| false),
        Instruction::Accept => Arc::new(|_| true),
        Instruction::Range {
            variable,
            first,
            last,
            yes,
            no,
        } => {
            let variable = variable as usize;
            let width = last - first;
            let holds = move |classes: &[u32]| classes[variable].wrapping_sub(first) <= width;
            // What most tests are: one way on.
            if is(no, Instruction::Reject) {
                let yes = node(yes);
                return Arc::new(move |classes| holds(classes) && yes(classes));
            }
            if is(yes, Instruction::Reject) {
                let no = node(no);
                return Arc::new(move |classes| !holds(classes) && no(classes));
            }
            let (yes, no) = (node(yes), node(no));
            Arc::new(move |classes| {
                if holds(classes) {
                    yes(classes)
                } else {
                    no(classes)
                }
            })
        }
        Instruction::Switch { variable, rows } => {
            let variable = variable as usize;
            let rows: Box<[(u32, Node)]> = rows.iter().map(|row| (row[0], node(row[1]))).collect();
            Arc::new(move |classes| {
                let class = classes[variable];
                let after = rows.partition_point(|row| row.0 <= class);
                (rows[after - 1].1)(classes)
            })
        }
        Instruction::Table { variable, targets } => {
            let variable = variable as usize;
            let targets: Box<[Node]> = targets.iter().map(|target| node(*target)).collect();
            Arc::new(move |classes| targets[classes[variable] as usize](classes))
        }
    }
}
