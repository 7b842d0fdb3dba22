//! A request: the facts of one sign-in and what has been proved during it.

use gatewright_vm::{AttributeHandle, Fact, FactError, Facts};

use crate::claims::Claims;
use crate::compliance::DeviceManagement;
use crate::derived::differences;
use crate::engine::Engine;
use crate::proof::Proved;

/// A sign-in to be decided, made for one engine.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub(crate) facts: Facts<'a>,
    pub(crate) claims: Claims<'a>,
    /// What the claims prove, for the program of this identity.
    proved: Option<(u64, Proved)>,
    pub(crate) management: Option<DeviceManagement>,
    /// Whether it is said that nobody knows whether the device complies, whatever follows.
    pub(crate) is_compliance_unknown: bool,
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
            proved: None,
            management: None,
            is_compliance_unknown: false,
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

    /// Work out the attributes that are the difference of two others, from what was set so far.
    /// Requests that are read from JSON have them already.
    pub fn derive(&mut self, engine: &Engine) {
        if self.facts.belong_to(engine.loaded()) {
            for (attribute, fact) in differences(engine.program(), &self.facts) {
                self.facts.restore(attribute, fact);
            }
        }
    }

    /// Say what device management knows of the device. Where the program has compliance policies,
    /// `device.isCompliant` then follows from it, from `device.managedPlatform`, and from the
    /// settings, which are facts (`setting.osVersion`).
    pub fn set_management(&mut self, management: DeviceManagement) {
        self.management = Some(management);
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
        self.proved = None;
        &mut self.claims
    }

    /// Work out what the claims prove, once for all decisions about this request. Without it, every
    /// decision does.
    pub fn prove(&mut self, engine: &Engine) {
        let proved = engine.plan().holdings.prove(&self.claims);
        self.proved = Some((engine.loaded().identity(), proved));
    }

    /// What the claims prove.
    pub(crate) fn proved(&self, engine: &Engine) -> Proved {
        match self.proved {
            Some((program, proved)) if program == engine.loaded().identity() => proved,
            _ => engine.plan().holdings.prove(&self.claims),
        }
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
            proved: self.proved,
            management: self.management,
            is_compliance_unknown: self.is_compliance_unknown,
            applied_policies_only: self.applied_policies_only,
            warnings: self.warnings,
        }
    }
}
