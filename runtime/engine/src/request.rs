//! A request: the facts of one sign-in and what has been proved during it.

use gatewright_vm::{AttributeHandle, Fact, FactError, Facts};

use crate::claims::Claims;
use crate::engine::Engine;

/// A sign-in to be decided, made for one engine.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub(crate) facts: Facts<'a>,
    pub(crate) claims: Claims<'a>,
    pub(crate) applied_policies_only: bool,
    pub(crate) warnings: Vec<String>,
}

impl<'a> Request<'a> {
    /// A sign-in of which nothing is known and during which nothing has been proved. Facts are set
    /// one by one with handles that are looked up once.
    #[must_use]
    pub fn unknown(engine: &Engine) -> Request<'a> {
        Request {
            facts: Facts::unknown(engine.loaded()),
            claims: Claims::default(),
            applied_policies_only: false,
            warnings: Vec::new(),
        }
    }

    /// Say what is known of an attribute.
    ///
    /// # Errors
    /// The handle is of another program, the fact of another type, or a text too long.
    pub fn set(
        &mut self,
        engine: &Engine,
        attribute: AttributeHandle,
        fact: Fact<'a>,
    ) -> Result<(), FactError> {
        self.facts.set(engine.loaded(), attribute, fact).map(drop)
    }

    /// The facts.
    #[must_use]
    pub fn facts(&self) -> &Facts<'a> {
        &self.facts
    }

    /// What has been proved.
    #[must_use]
    pub fn claims(&self) -> &Claims<'a> {
        &self.claims
    }

    /// What has been proved, to add to it.
    pub fn claims_mut(&mut self) -> &mut Claims<'a> {
        &mut self.claims
    }

    /// Whether reports list only the policies that apply.
    #[must_use]
    pub fn applied_policies_only(&self) -> bool {
        self.applied_policies_only
    }

    /// What is odd about the request, in words.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The request with texts of its own.
    #[must_use]
    pub fn into_owned(self) -> Request<'static> {
        Request {
            facts: self.facts.into_owned(),
            claims: self.claims.into_owned(),
            applied_policies_only: self.applied_policies_only,
            warnings: self.warnings,
        }
    }
}
