//! Every quick way to a decision, held against the decision that the reference came to.
//!
//! A set is compiled with masks wherever that is possible. Each sign-in is then decided with the
//! list and combined: from a request in memory by masks and by walking, interned, from its bytes, from parts;
//! and the sign-ins of a set together as a batch. A way need not say everything, and is compared
//! in what it says: a combined decision names no policies, and one that blocks nothing else.

use gatewright_runtime::{
    AttributeHandle, Batch, Column, DecideError, Decision, Dictionary, Engine, Mode, Outcome,
    Outcomes, Part, Proof, ReadOptions, Request, Route, Scratch, SessionReport,
};
use gatewright_value::SessionControls;
use serde_json::{Value, json};

use crate::engines::Disagreement;

/// The ways of one program.
pub struct Ways {
    masked: Engine,
    walking: Engine,
}

/// What a way has to say.
struct Expected {
    listed: Value,
    combined: Value,
}

impl Expected {
    /// Of a whole decision; `null` where every engine refuses the request.
    fn new(decision: &Value) -> Expected {
        let Some(policies) = decision["policies"].as_array() else {
            return Expected {
                listed: Value::Null,
                combined: Value::Null,
            };
        };
        let applying = policies.iter().filter(|one| one["policyApplies"] == true);
        let applying: Vec<&Value> = applying.map(|one| &one["id"]).collect();
        let mut combined = match decision.get("controls") {
            Some(controls) => json!({"verdict": decision["verdict"], "controls": controls}),
            None => json!({
                "verdict": decision["verdict"],
                "missing": decision["missing"],
                "session": decision["session"],
            }),
        };
        let mut listed = combined.clone();
        listed["applying"] = json!(applying);
        if combined["verdict"] == "block" && combined.get("missing").is_some() {
            combined["missing"] = json!([]);
            combined["session"] = json!({});
        }
        Expected { listed, combined }
    }
}

impl Ways {
    /// The ways of the program of this engine, which has masks if it can have them.
    #[must_use]
    pub fn new(masked: Engine) -> Ways {
        Ways {
            walking: masked.by(Route::Walk),
            masked,
        }
    }

    /// Decide a request every way but as a batch.
    ///
    /// # Errors
    /// The first way that says something else than the decision, and what.
    pub fn check(
        &self,
        request: &Value,
        decision: &Value,
        mode: Mode,
        scratch: &mut Scratch,
    ) -> Result<(), Box<Disagreement>> {
        let (masked, expected) = (&self.masked, Expected::new(decision));
        let text = request.to_string();
        let (bytes, options) = (text.as_bytes(), ReadOptions::default());
        let json = masked.decide_json(bytes, &options, scratch, mode);
        agree(
            "bytes with the list",
            &listed(masked, json),
            &expected.listed,
        )?;
        let json = masked.combined_json(bytes, &options, scratch, mode);
        agree("bytes", &combined(masked, json), &expected.combined)?;
        let Ok(request) = Request::from_json(masked, bytes) else {
            return agree("reading", &Value::Null, &expected.listed);
        };
        for engine in [masked, &self.walking] {
            let name = engine.route().name();
            let decided = listed(engine, engine.decide(&request, scratch, mode));
            agree(&format!("{name} with the list"), &decided, &expected.listed)?;
            let decided = combined(engine, engine.combined(&request, scratch, mode));
            agree(name, &decided, &expected.combined)?;
        }
        let Ok(interned) = masked.intern(&request, scratch, mode) else {
            return agree("interning", &Value::Null, &expected.listed);
        };
        let decided = listed(masked, masked.decide_interned(&interned, scratch));
        agree("interned with the list", &decided, &expected.listed)?;
        let decided = combined(masked, masked.combined_interned(&interned, scratch));
        agree("interned", &decided, &expected.combined)?;
        let groups = self.groups(text.len());
        let encode = |group| masked.encode_part(&request, group, scratch, mode);
        let parts: Result<Vec<Part>, DecideError> = groups.into_iter().map(encode).collect();
        let Ok(parts) = parts else {
            return agree("parts", &Value::Null, &expected.listed);
        };
        let parts: Vec<&Part> = parts.iter().collect();
        let proof = masked.prove(request.claims());
        let decided = listed(masked, masked.decide_parts(&parts, &proof, scratch, mode));
        agree("parts with the list", &decided, &expected.listed)?;
        let decided = combined(masked, masked.combined_parts(&parts, &proof, scratch, mode));
        agree("parts", &decided, &expected.combined)
    }

    /// Decide requests together, each a row, with what the reference decided of each. False where
    /// the program demands more than a batch has bits for.
    ///
    /// # Errors
    /// The first row that says something else than its decision, and what.
    pub fn check_batch(
        &self,
        rows: &[(Value, Value)],
        mode: Mode,
        scratch: &mut Scratch,
    ) -> Result<bool, Box<Disagreement>> {
        let engine = &self.masked;
        let texts: Vec<String> = rows
            .iter()
            .map(|(request, _)| request.to_string())
            .collect();
        let read = texts
            .iter()
            .map(|text| Request::from_json(engine, text.as_bytes()));
        let requests: Result<Vec<Request<'_>>, _> = read.collect();
        let Ok(requests) = requests else {
            return Ok(true);
        };
        let mut dictionary = |group: Vec<AttributeHandle>| -> Result<Dictionary, DecideError> {
            let encode =
                |request| engine.encode_part(request, group.iter().copied(), scratch, mode);
            let parts: Result<Vec<Part>, DecideError> = requests.iter().map(encode).collect();
            engine.dictionary(parts?)
        };
        let groups = self.groups(rows.len()).into_iter();
        let dictionaries: Result<Vec<Dictionary>, DecideError> =
            groups.map(&mut dictionary).collect();
        let Ok(dictionaries) = dictionaries else {
            return agree("dictionaries", &Value::Null, &Value::Bool(true)).map(|()| true);
        };
        let proofs = requests
            .iter()
            .map(|request| engine.prove(request.claims()));
        let proofs: Vec<Proof> = proofs.collect();
        let codes: Vec<u32> = (0..).take(rows.len()).collect();
        let column = |dictionary| Column {
            dictionary,
            codes: &codes,
        };
        let columns: Vec<Column<'_>> = dictionaries.iter().map(column).collect();
        let batch = Batch {
            columns: &columns,
            proofs: &proofs,
            proof_codes: &codes,
            mode,
        };
        let mut outcomes = Outcomes::default();
        match engine.decide_batch(&batch, 1, &mut outcomes) {
            Err(DecideError::TooManyDemands) => return Ok(false),
            Err(error) => {
                let said = Value::String(error.to_string());
                return agree("the batch", &said, &Value::Null).map(|()| true);
            }
            Ok(()) => {}
        }
        for (row, (_, decision)) in rows.iter().enumerate() {
            let decided = combined(engine, engine.outcome(&outcomes, row));
            let expected = Expected::new(decision).combined;
            agree(&format!("row {row} of the batch"), &decided, &expected)?;
        }
        Ok(true)
    }

    /// The attributes by entity in up to five groups, other ones for another `seed`.
    fn groups(&self, seed: usize) -> Vec<Vec<AttributeHandle>> {
        let mut groups = vec![Vec::new(); 1 + seed % 5];
        let count = groups.len();
        for (number, row) in self.masked.program().attributes.iter().enumerate() {
            let entity = row.name.split('.').next().unwrap_or_default();
            // Sometimes without regard to entities: a slot may then need several parts.
            let place = if seed.is_multiple_of(3) {
                number
            } else {
                entity.len()
            };
            let handle = self.masked.attribute(&row.name);
            groups[place % count].extend(handle);
        }
        groups
    }
}

/// What decisions and outcomes both say.
macro_rules! said {
    ($engine:expr, $decided:expr) => {{
        let (engine, decided): (&Engine, _) = ($engine, $decided);
        if engine.program().effects.is_some() {
            let effects: Vec<&str> = decided.effects().collect();
            let controls: Vec<&str> = decided.controls().collect();
            json!({"verdict": effects.join("+"), "controls": controls})
        } else {
            let missing = decided.missing().map(Iterator::collect);
            let missing: Vec<Vec<&str>> = missing.collect();
            let profiles = decided.filtering_profiles().map(str::to_owned);
            let session = SessionReport(SessionControls {
                filtering_profiles: profiles.collect(),
                ..decided.session()
            });
            json!({"verdict": decided.verdict().name(), "missing": missing, "session": session})
        }
    }};
}

/// What a decision says; `null` where there is none.
fn listed<E>(engine: &Engine, decision: Result<Decision<'_>, E>) -> Value {
    let Ok(decision) = decision else {
        return Value::Null;
    };
    let mut said = said!(engine, decision);
    let policies = &engine.program().policies;
    let ids = decision.applying().iter();
    let ids: Vec<&str> = ids
        .map(|number| policies[*number as usize].id.as_str())
        .collect();
    said["applying"] = json!(ids);
    said
}

/// What a combined decision says; `null` where there is none.
fn combined<E>(engine: &Engine, outcome: Result<Outcome<'_>, E>) -> Value {
    outcome.map_or(Value::Null, |outcome| said!(engine, outcome))
}

fn agree(way: &str, said: &Value, expected: &Value) -> Result<(), Box<Disagreement>> {
    if said == expected {
        return Ok(());
    }
    Err(Box::new(Disagreement {
        between: format!("{way} and reference"),
        left: said.clone(),
        right: expected.clone(),
    }))
}
