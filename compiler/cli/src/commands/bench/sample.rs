//! The sign-ins that are measured, in every form in which they can be decided, and the check that
//! all forms and all lowerings come to the same.

use anyhow::{Context as _, Result, anyhow, bail};
use gatewright_runtime::{
    Batch, Column, DecideError, Decision, Dictionary, Engine, Fact, JsonError, Mode, Outcome,
    Outcomes, Part, Proof, ReadOptions, Request, Scratch, Verdict,
};
use gatewright_value::{Kind, SessionControls, parse_guid};

use super::values::Random;
use crate::load;

/// How facts that are not known are taken: as `eval` does unless it is told.
pub(super) const MODE: Mode = Mode::Graph;

/// LIMIT: rows of a batch.
const ROWS: usize = 1 << 16;

/// LIMIT: rows of a batch that are compared with decisions one by one.
const ROWS_COMPARED: usize = 1 << 11;

/// Columns of a batch, and parts of a sign-in, besides the one of everything else.
const ENTITIES: usize = 4;

/// A sign-in in every form.
pub(super) struct Case {
    pub(super) json: String,
    pub(super) request: Request<'static>,
    pub(super) parts: Vec<Part>,
    pub(super) proof: Proof,
}

/// All sign-ins.
pub(super) struct Sample {
    pub(super) cases: Vec<Case>,
    /// What is left out, and why.
    pub(super) notes: Vec<String>,
    pub(super) has_parts: bool,
    pub(super) table: Option<Table>,
}

/// The sign-ins as columns: any user on any device, and so on.
pub(super) struct Table {
    dictionaries: Vec<Dictionary>,
    codes: Vec<Vec<u32>>,
    pub(super) proofs: Vec<Proof>,
    pub(super) proof_codes: Vec<u32>,
}

impl Table {
    pub(super) fn columns(&self) -> Vec<Column<'_>> {
        let columns = self.dictionaries.iter().zip(&self.codes);
        columns
            .map(|(dictionary, codes)| Column { dictionary, codes })
            .collect()
    }

    pub(super) fn rows(&self) -> usize {
        self.proof_codes.len()
    }

    /// The sign-in that a row takes a column from, and for the last column the proof.
    fn cases(&self, row: usize) -> Option<Vec<usize>> {
        let codes = self.codes.iter().chain([&self.proof_codes]);
        let code = |codes: &Vec<u32>| codes.get(row).map(|code| *code as usize);
        codes.map(code).collect()
    }
}

impl Sample {
    /// Read the sign-ins, encode their parts, and make a batch of them.
    pub(super) fn new(
        engine: &Engine,
        texts: Vec<String>,
        options: &ReadOptions<'_>,
    ) -> Result<Sample> {
        let entities = entities(engine);
        let mut scratch = Scratch::default();
        let mut notes = Vec::new();
        let mut cases = Vec::with_capacity(texts.len());
        let mut has_parts = true;
        for json in texts {
            let request = Request::from_json_with(engine, json.as_bytes(), options)
                .map_err(|error| load::misread("sign-in", &error).context(json.clone()))?;
            let request = interned(engine, request.into_owned())?;
            let mut parts = Vec::new();
            if has_parts {
                match parts_of(engine, &entities, &request, &mut scratch) {
                    Ok(encoded) => parts = encoded,
                    Err(error) => {
                        has_parts = false;
                        notes.push(format!("no encoded parts and no batch: {error}"));
                    }
                }
            }
            let proof = engine.prove(request.claims());
            cases.push(Case {
                json,
                request,
                parts,
                proof,
            });
        }
        if cases.is_empty() {
            bail!("there is no sign-in to decide");
        }
        let mut sample = Sample {
            cases,
            notes,
            has_parts,
            table: None,
        };
        if has_parts {
            match sample.tabulate(engine) {
                Ok(table) => sample.table = Some(table),
                Err(error) => sample.notes.push(format!("no batch: {error}")),
            }
        }
        Ok(sample)
    }

    /// Say how many sign-ins take the longer way from their bytes.
    pub(super) fn note_unstreamed(&mut self, engine: &Engine, options: &ReadOptions<'_>) {
        let mut scratch = Scratch::default();
        let mut is_read =
            |case: &&Case| !engine.is_streamed(case.json.as_bytes(), options, &mut scratch, MODE);
        let count = self.cases.iter().filter(|case| is_read(case)).count();
        if count > 0 && engine.program().origin.is_entra {
            let all = self.cases.len();
            self.notes.push(format!(
                "JSON: {count} of {all} sign-ins are read as a whole before they are decided"
            ));
        }
    }

    /// Rows of sign-ins as they are, then of users, devices and the rest mixed at random.
    fn tabulate(&self, engine: &Engine) -> Result<Table, DecideError> {
        let width = self.cases.first().map_or(0, |case| case.parts.len());
        let mut dictionaries = Vec::with_capacity(width);
        for column in 0..width {
            let parts = self.cases.iter().filter_map(|case| case.parts.get(column));
            dictionaries.push(engine.dictionary(parts.cloned().collect())?);
        }
        let count = self.cases.len();
        let mut random = Random::new(1);
        let mut column = || -> Vec<u32> {
            let mut code = |row| {
                if row < count {
                    row
                } else {
                    random.below(count)
                }
            };
            (0..ROWS.max(count)).map(|row| code(row) as u32).collect()
        };
        let table = Table {
            codes: dictionaries.iter().map(|_| column()).collect(),
            dictionaries,
            proofs: self.cases.iter().map(|case| case.proof.clone()).collect(),
            proof_codes: column(),
        };
        let columns = table.columns();
        let batch = Batch {
            columns: &columns,
            proofs: &table.proofs,
            proof_codes: &table.proof_codes,
            mode: MODE,
        };
        engine.decide_batch(&batch, 1, &mut Outcomes::default())?;
        drop(columns);
        Ok(table)
    }

    /// Decide every sign-in in every way; an error names the first that is decided otherwise, with
    /// the request. The first engine says what is right. The result is how many were compared.
    pub(super) fn check(&self, engines: &[Engine], options: &ReadOptions<'_>) -> Result<usize> {
        let first = engines.first().context("there is no engine")?;
        let mut scratch = Scratch::default();
        let mut compared = 0;
        for case in &self.cases {
            let right = listed(first.decide(&case.request, &mut scratch, MODE));
            for engine in engines {
                let ways = self.ways(case, engine, options, &mut scratch);
                for (what, found) in ways {
                    agree(&right, &found, what, engine.route().name(), &case.json)?;
                    compared += 1;
                }
            }
        }
        Ok(compared + self.check_batch(first)?)
    }

    fn ways(
        &self,
        case: &Case,
        engine: &Engine,
        options: &ReadOptions<'_>,
        scratch: &mut Scratch,
    ) -> Vec<(&'static str, Found)> {
        let bytes = case.json.as_bytes();
        let mut ways = vec![
            (
                "typed facts",
                listed(engine.decide(&case.request, scratch, MODE)),
            ),
            (
                "typed facts",
                combined(engine.combined(&case.request, scratch, MODE)),
            ),
        ];
        let decided = engine.decide_json(bytes, options, scratch, MODE);
        ways.push(("JSON bytes", listed(decided)));
        let decided = engine.combined_json(bytes, options, scratch, MODE);
        ways.push(("JSON bytes", combined(decided)));
        if self.has_parts {
            let parts: Vec<&Part> = case.parts.iter().collect();
            let decided = engine.decide_parts(&parts, &case.proof, scratch, MODE);
            ways.push(("encoded parts", listed(decided)));
            let decided = engine.combined_parts(&parts, &case.proof, scratch, MODE);
            ways.push(("encoded parts", combined(decided)));
        }
        ways
    }

    fn check_batch(&self, engine: &Engine) -> Result<usize> {
        let Some(table) = &self.table else {
            return Ok(0);
        };
        let columns = table.columns();
        let batch = Batch {
            columns: &columns,
            proofs: &table.proofs,
            proof_codes: &table.proof_codes,
            mode: MODE,
        };
        let mut outcomes = Outcomes::default();
        engine.decide_batch(&batch, 2, &mut outcomes)?;
        let mut scratch = Scratch::default();
        let rows = ROWS_COMPARED.max(self.cases.len()).min(table.rows());
        for row in 0..rows {
            let places = table.cases(row).context("a row without codes")?;
            let cases: Vec<&Case> = places.iter().filter_map(|at| self.cases.get(*at)).collect();
            let (proof, cases) = cases.split_last().context("a row without a proof")?;
            let parts = cases.iter().enumerate();
            let parts: Option<Vec<&Part>> = parts.map(|(at, case)| case.parts.get(at)).collect();
            let parts = parts.context("a row without a part")?;
            let right = listed(engine.decide_parts(&parts, &proof.proof, &mut scratch, MODE));
            let found = combined(engine.outcome(&outcomes, row));
            let texts = cases.iter().chain([proof]).map(|case| case.json.as_str());
            let texts: Vec<&str> = texts.collect();
            agree(&right, &found, "batch", "columns", &texts.join("\n"))?;
        }
        Ok(rows)
    }
}

/// The entities of a program that get a part of their own.
fn entities(engine: &Engine) -> Vec<String> {
    let mut entities: Vec<String> = Vec::new();
    if engine.program().origin.is_entra {
        return ["user", "device"].map(str::to_owned).to_vec();
    }
    for info in &engine.program().attributes {
        let entity = info.name.split('.').next().unwrap_or_default();
        if entities.len() < ENTITIES && !entities.iter().any(|known| known == entity) {
            entities.push(entity.to_owned());
        }
    }
    entities
}

/// A part for each of these entities, and one for everything else that decisions depend on.
fn parts_of(
    engine: &Engine,
    entities: &[String],
    request: &Request<'_>,
    scratch: &mut Scratch,
) -> Result<Vec<Part>, DecideError> {
    let mut parts = Vec::with_capacity(entities.len() + 1);
    for entity in entities {
        parts.push(engine.encode_part(request, engine.attributes_of(entity), scratch, MODE)?);
    }
    let known: Vec<&Part> = parts.iter().collect();
    let others: Vec<_> = engine.uncovered(&known).collect();
    parts.push(engine.encode_part(request, others, scratch, MODE)?);
    Ok(parts)
}

/// The request as an embedder has it that keeps ids as numbers and members by their places.
fn interned(engine: &Engine, mut request: Request<'static>) -> Result<Request<'static>> {
    for info in &engine.program().attributes {
        let Some(attribute) = engine.attribute(&info.name) else {
            continue;
        };
        let fact = match (&info.kind, request.facts().get(attribute)) {
            (Kind::Guid, Fact::Text(text)) => parse_guid(text.as_bytes()).map(Fact::Guid),
            (Kind::Enumeration { members, .. }, Fact::Text(text)) => {
                let is_it = |member: &String| member.eq_ignore_ascii_case(text);
                let place = members.iter().position(is_it);
                place
                    .and_then(|place| u16::try_from(place).ok())
                    .map(Fact::Member)
            }
            (Kind::Set(of), Fact::Set(elements)) if **of == Kind::Guid => {
                let guids = elements.iter().map(|id| parse_guid(id.as_bytes()));
                let guids: Option<Vec<u128>> = guids.collect();
                guids.map(|guids| Fact::Guids(guids.into()))
            }
            _ => None,
        };
        if let Some(fact) = fact {
            request.set(engine, attribute, fact)?;
        }
    }
    Ok(request)
}

/// What a sign-in came to.
#[derive(Clone, Debug, PartialEq)]
struct Came {
    verdict: Verdict,
    missing: Vec<Vec<String>>,
    session: SessionControls,
    profiles: Vec<String>,
    effects: Vec<String>,
    controls: Vec<String>,
}

/// What a way came to, with the policies that apply where it lists them. Effects that exclude each
/// other are an answer like any other.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    came: Result<Came, String>,
    applying: Option<Vec<u32>>,
}

/// The same members of an outcome and of a decision.
macro_rules! came {
    ($decided:expr) => {{
        let decided = $decided;
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let is_block = decided.verdict() == Verdict::Block;
        let missing = decided.missing().map(|clause| owned(clause.collect()));
        // Where a policy blocks, nothing else counts.
        Came {
            verdict: decided.verdict(),
            missing: missing.filter(|_| !is_block).collect(),
            session: (!is_block).then(|| decided.session()).unwrap_or_default(),
            profiles: owned(decided.filtering_profiles().filter(|_| !is_block).collect()),
            effects: owned(decided.effects().collect()),
            controls: owned(decided.controls().collect()),
        }
    }};
}

fn combined<E: Into<JsonError>>(outcome: Result<Outcome<'_>, E>) -> Found {
    Found {
        came: outcome.map(|outcome| came!(outcome)).map_err(words),
        applying: None,
    }
}

fn listed<E: Into<JsonError>>(decision: Result<Decision<'_>, E>) -> Found {
    let applying = decision
        .as_ref()
        .ok()
        .map(|decision| decision.applying().to_vec());
    Found {
        came: decision.map(|decision| came!(decision)).map_err(words),
        applying,
    }
}

fn words<E: Into<JsonError>>(error: E) -> String {
    error.into().to_string()
}

/// Whether a way came to what is right; the list counts where it was asked for.
fn agree(right: &Found, found: &Found, what: &str, lowering: &str, request: &str) -> Result<()> {
    let is_listed_alike = found.applying.is_none() || found.applying == right.applying;
    if found.came == right.came && is_listed_alike {
        return Ok(());
    }
    Err(anyhow!(
        "{what} by {lowering} is decided otherwise than {right:?}: {found:?}; the sign-in is\n{request}"
    ))
}

#[cfg(test)]
mod tests {
    use super::{Came, Found, agree};
    use gatewright_runtime::Verdict;

    fn found(verdict: Verdict, applying: Option<Vec<u32>>) -> Found {
        let came = Came {
            verdict,
            missing: Vec::new(),
            session: Default::default(),
            profiles: Vec::new(),
            effects: Vec::new(),
            controls: Vec::new(),
        };
        Found {
            came: Ok(came),
            applying,
        }
    }

    #[test]
    fn what_is_decided_otherwise_is_told_with_the_request() {
        let right = found(Verdict::Block, Some(vec![1, 2]));
        let check = |other: &Found| agree(&right, other, "JSON bytes", "masks", "{}");
        assert!(check(&right).is_ok());
        assert!(check(&found(Verdict::Block, None)).is_ok());
        for other in [
            found(Verdict::Grant, None),
            found(Verdict::Block, Some(vec![1])),
        ] {
            let said = check(&other).unwrap_err().to_string();
            assert!(
                said.starts_with("JSON bytes by masks") && said.ends_with("\n{}"),
                "{said}"
            );
        }
    }
}
