//! The closed enumerations of Conditional Access, spelled as Microsoft Graph spells them.
//!
//! Source of every member: Graph metadata (`schemas/v1.0-Prod.csdl` and its beta twin) and the
//! reference pages of the What-If call; `docs/semantics.md` says which.

macro_rules! vocabulary {
    ($($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $variant:ident $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
            ::serde::Serialize, ::serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$member_doc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// Every member, in declared order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The canonical spelling.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// The member of this name, in any case.
            #[must_use]
            pub fn parse(text: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|m| m.name().eq_ignore_ascii_case(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    )*};
}
pub(crate) use vocabulary;

vocabulary! {
    /// Whether a policy is enforced.
    State {
        /// Evaluated and enforced.
        Enabled "enabled",
        /// Not evaluated.
        Disabled "disabled",
        /// Evaluated and recorded, not enforced.
        ReportOnly "enabledForReportingButNotEnforced",
    }

    /// Who signs in.
    IdentityKind {
        /// A person, guests included.
        User "user",
        /// A workload identity.
        ServicePrincipal "servicePrincipal",
        /// An agent identity.
        Agent "agentIdentity",
        /// An agent's user account.
        AgentUser "agentUser",
    }

    /// What is asked for.
    TargetKind {
        /// Access to resources.
        Apps "apps",
        /// A user action.
        UserAction "userAction",
        /// An authentication context.
        AuthenticationContext "authenticationContext",
    }

    /// Kinds of client (`conditionalAccessClientApp` without `all`).
    ClientApp {
        /// A web browser.
        Browser "browser",
        /// A native application with modern authentication.
        Modern "mobileAppsAndDesktopClients",
        /// Exchange ActiveSync, on supported and unsupported platforms.
        ExchangeActiveSync "exchangeActiveSync",
        /// Exchange ActiveSync, on supported platforms.
        EasSupported "easSupported",
        /// Other clients: legacy authentication.
        Other "other",
    }

    /// Device platforms (`conditionalAccessDevicePlatform` without `all`).
    Platform {
        /// Android.
        Android "android",
        /// iOS and iPadOS.
        Ios "iOS",
        /// Windows.
        Windows "windows",
        /// Windows Phone, retired.
        WindowsPhone "windowsPhone",
        /// macOS.
        MacOs "macOS",
        /// Linux.
        Linux "linux",
    }

    /// What a device compliance policy is for: a platform, of Android also how it is managed.
    CompliancePlatform {
        /// Windows 10 and later.
        Windows "windows",
        /// iOS and iPadOS.
        Ios "iOS",
        /// macOS.
        MacOs "macOS",
        /// Android, device administrator.
        Android "android",
        /// Android Enterprise, a work profile on a personal device.
        AndroidWorkProfile "androidWorkProfile",
        /// Android Enterprise, a device of the organisation.
        AndroidDeviceOwner "androidDeviceOwner",
        /// Android without Google's services.
        AndroidOpenSource "androidOpenSource",
        /// Linux.
        Linux "linux",
    }

    /// What happens to a noncompliant device (`deviceComplianceActionType`).
    NoncomplianceAction {
        /// Nothing.
        NoAction "noAction",
        /// A message by mail.
        Notification "notification",
        /// The device is marked as noncompliant.
        Block "block",
        /// The organisation's data are removed.
        Retire "retire",
        /// Everything is removed.
        Wipe "wipe",
        /// Profiles that give access are removed.
        RemoveResourceAccessProfiles "removeResourceAccessProfiles",
        /// A message on the device.
        PushNotification "pushNotification",
        /// The device is locked.
        RemoteLock "remoteLock",
    }

    /// Levels of user, sign-in and service principal risk.
    RiskLevel {
        /// Low.
        Low "low",
        /// Medium.
        Medium "medium",
        /// High.
        High "high",
        /// Not shown, for want of a licence.
        Hidden "hidden",
        /// None.
        None "none",
    }

    /// Levels of insider risk.
    InsiderRiskLevel {
        /// Minor.
        Minor "minor",
        /// Moderate.
        Moderate "moderate",
        /// Elevated.
        Elevated "elevated",
        /// None; only in requests.
        None "none",
    }

    /// Levels of agent risk.
    AgentRiskLevel {
        /// Low.
        Low "low",
        /// Medium.
        Medium "medium",
        /// High.
        High "high",
        /// None; only in requests.
        None "none",
    }

    /// How an authentication was carried to another device.
    TransferMethod {
        /// The device code flow.
        DeviceCodeFlow "deviceCodeFlow",
        /// Authentication transfer.
        AuthenticationTransfer "authenticationTransfer",
    }

    /// Kinds of guests and external users.
    GuestType {
        /// Signs in here, `userType` is Guest.
        InternalGuest "internalGuest",
        /// External credentials, an object here with `userType` Guest.
        B2bCollaborationGuest "b2bCollaborationGuest",
        /// External credentials, an object here with `userType` Member.
        B2bCollaborationMember "b2bCollaborationMember",
        /// No object here.
        B2bDirectConnectUser "b2bDirectConnectUser",
        /// External, none of the others.
        OtherExternalUser "otherExternalUser",
        /// From a partner that is a service provider.
        ServiceProvider "serviceProvider",
    }

    /// User actions.
    UserAction {
        /// Registering security information.
        RegisterSecurityInfo "urn:user:registersecurityinfo",
        /// Registering or joining a device.
        RegisterDevice "urn:user:registerdevice",
        /// Recovering an account (preview).
        AccountRecovery "urn:user:accountrecovery",
    }

    /// Built-in grant controls, `block` apart.
    BuiltInControl {
        /// Multifactor authentication.
        Mfa "mfa",
        /// A compliant device.
        CompliantDevice "compliantDevice",
        /// A hybrid joined device.
        DomainJoinedDevice "domainJoinedDevice",
        /// An approved client app.
        ApprovedApplication "approvedApplication",
        /// An app protection policy.
        CompliantApplication "compliantApplication",
        /// A password change.
        PasswordChange "passwordChange",
        /// Risk remediation.
        RiskRemediation "riskRemediation",
        /// A verified id (preview).
        VerifiedId "verifiedID",
    }

    /// Authentication methods (`authenticationMethodModes`).
    Method {
        /// Password.
        Password "password",
        /// Voice call.
        Voice "voice",
        /// Hardware one-time password.
        HardwareOath "hardwareOath",
        /// Software one-time password.
        SoftwareOath "softwareOath",
        /// Text message.
        Sms "sms",
        /// FIDO2 security key or passkey.
        Fido2 "fido2",
        /// Windows Hello for Business.
        WindowsHelloForBusiness "windowsHelloForBusiness",
        /// Microsoft Authenticator notification.
        MicrosoftAuthenticatorPush "microsoftAuthenticatorPush",
        /// Notification bound to the device (passwordless phone sign-in).
        DeviceBasedPush "deviceBasedPush",
        /// Temporary Access Pass, one use.
        TemporaryAccessPassOneTime "temporaryAccessPassOneTime",
        /// Temporary Access Pass, several uses.
        TemporaryAccessPassMultiUse "temporaryAccessPassMultiUse",
        /// E-mail.
        Email "email",
        /// Certificate, single factor.
        X509CertificateSingleFactor "x509CertificateSingleFactor",
        /// Certificate, multifactor.
        X509CertificateMultiFactor "x509CertificateMultiFactor",
        /// Federated, single factor.
        FederatedSingleFactor "federatedSingleFactor",
        /// Federated, multifactor.
        FederatedMultiFactor "federatedMultiFactor",
        /// QR code with PIN.
        QrCodePin "qrCodePin",
    }

    /// Why a policy does not apply (`whatIfAnalysisReasons`), in the order in which one is named as
    /// the primary reason.
    Reason {
        /// The policy is disabled.
        PolicyNotEnabled "policyNotEnabled",
        /// The policy has nothing in it.
        EmptyPolicy "emptyPolicy",
        /// The policy cannot be evaluated.
        InvalidPolicy "invalidPolicy",
        /// The user is not in scope.
        Users "users",
        /// The workload identity is not in scope.
        WorkloadIdentities "workloadIdentities",
        /// The agent identity is not in scope.
        AgentIdentities "agentIdentities",
        /// The resource is not in scope.
        Application "application",
        /// The user action is not in scope.
        UserActions "userActions",
        /// The authentication context is not in scope.
        AuthenticationContext "authenticationContext",
        /// The user risk does not match.
        UserRisk "userRisk",
        /// The sign-in risk does not match.
        SignInRisk "signInRisk",
        /// The insider risk does not match.
        InsiderRisk "insiderRisk",
        /// The service principal risk does not match.
        ServicePrincipalRisk "servicePrincipalRisk",
        /// The agent risk does not match.
        AgentIdRisk "agentIdRisk",
        /// The device platform does not match.
        DevicePlatform "devicePlatform",
        /// The location does not match.
        Location "location",
        /// The kind of client does not match.
        ClientApps "clientApps",
        /// The device does not match the filter.
        Devices "devices",
        /// The authentication flow does not match.
        AuthenticationFlow "authenticationFlow",
        /// A condition in the language's own words (`when`, `unless`) does not hold.
        When "when",
        /// A condition that the language does not model.
        InvalidCondition "invalidCondition",
        /// A missing fact decides.
        NotEnoughInformation "notEnoughInformation",
    }
}

impl ClientApp {
    /// Whether the client speaks a legacy protocol: it shows no device and no second factor.
    #[must_use]
    pub fn is_legacy(self) -> bool {
        matches!(
            self,
            ClientApp::ExchangeActiveSync | ClientApp::EasSupported | ClientApp::Other
        )
    }
}

impl BuiltInControl {
    /// Whether the user can satisfy the control during the sign-in.
    #[must_use]
    pub fn is_interactive(self) -> bool {
        matches!(
            self,
            BuiltInControl::Mfa
                | BuiltInControl::PasswordChange
                | BuiltInControl::RiskRemediation
                | BuiltInControl::VerifiedId
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case() {
        for platform in Platform::ALL {
            assert_eq!(
                Platform::parse(&platform.name().to_uppercase()),
                Some(*platform)
            );
        }
        assert_eq!(Platform::parse("chromeOS"), None);
    }
}
