" Generated from the tables of the compiler:
" GATEWRIGHT_BLESS=1 cargo test -p gatewright-tests --test highlighting
if exists('b:current_syntax')
  finish
endif
syntax case match
syntax keyword gateControl applicationEnforcedRestrictions approvedApplication cloudAppSecurity compliantApplication compliantDevice continuousAccessEvaluation disableResilienceDefaults domainJoinedDevice
syntax keyword gateControl filteringProfile mfa passwordChange persistentBrowser riskRemediation secureSignInSession signInFrequency verifiedID
syntax keyword gateValue AzureAD Company Guest IoT Member Personal Printer RegisteredDevice
syntax keyword gateValue SecureVM ServerAD Shared Workplace accountRecovery agentIdentity agentUser all
syntax keyword gateValue allAgentUsers allTrusted alphabetic alphanumeric alphanumericWithSymbols android androidDeviceOwner androidOpenSource
syntax keyword gateValue androidWorkProfile any anywhere authenticationContext authenticationTransfer b2bCollaborationGuest b2bCollaborationMember b2bDirectConnectUser
syntax keyword gateValue basic blockDownloads browser compliant deviceBasedPush deviceCodeFlow deviceDefault disabled
syntax keyword gateValue easSupported elevated email enabled everyTime exchangeActiveSync federatedMultiFactor federatedSingleFactor
syntax keyword gateValue fido2 hardwareBacked hardwareOath hidden high iOS inGracePeriod internalGuest
syntax keyword gateValue linux low lowSecurityBiometric macAppStore macAppStoreAndIdentifiedDevelopers macOS mcasConfigured medium
syntax keyword gateValue microsoftAuthenticatorPush minor mobileAppsAndDesktopClients moderate monitorOnly noncompliant none nothing
syntax keyword gateValue numeric numericComplex other otherExternalUser password qrCodePin registerDevice registerSecurityInformation
syntax keyword gateValue registered reportOnly required secured servicePrincipal serviceProvider sms softwareOath
syntax keyword gateValue strictEnforcement strictLocation temporaryAccessPassMultiUse temporaryAccessPassOneTime unavailable unknown unregistered userAction
syntax keyword gateValue voice windows windowsHelloForBusiness windowsPhone x509CertificateMultiFactor x509CertificateSingleFactor
syntax match gateNumber /\<\d[0-9.]*\>/
syntax match gateAttribute /\<\a\w*\%(\.\a\w*\)\+/
syntax match gateAnnotation /@\a\w*/
syntax match gateOperator /\w\@<!-\a\+\>/
syntax match gateHead /\%(^\s*\|{\s*\|\w  \+\)\@<=\%(noncompliance\|workloadRisk\|insiderRisk\|signInRisk\|agentRisk\|locations\|platforms\|workloads\|contexts\|userRisk\|actions\|applied\|clients\|devices\|require\|session\|verdict\|agents\|guests\|unless\|flows\|grace\|state\|users\|apps\|then\|when\|always\|never\|block\|graph\|given\|expect\)\>/
syntax match gateDeclaration /^\%(compliance\|invariant\|location\|strength\|template\|combine\|context\|control\|dialect\|session\|effect\|entity\|policy\|schema\|group\|scope\|terms\|enum\|role\|rule\|test\|user\|app\|use\)\>/
syntax match gateDeclaration /^\s\+\zs\%(policy\|scope\|use\|rule\)\>/
syntax match gateDeclared /\%(^\%(location\|strength\|context\|group\|terms\|role\|rule\|user\|app\)\>\s\+\)\@<=\a\w*/
syntax match gateEscape /`./ contained
syntax region gateString start=/"/ skip=/`./ end=/"/ oneline contains=gateEscape
syntax region gateString start=/'/ skip=/`./ end=/'/ oneline contains=gateEscape
syntax match gateComment +//.*$+ contains=@Spell
syntax match gateDocumentation +//[/!].*$+ contains=@Spell
highlight default link gateDeclaration Keyword
highlight default link gateHead Statement
highlight default link gateOperator Operator
highlight default link gateDeclared Function
highlight default link gateAttribute Identifier
highlight default link gateControl Type
highlight default link gateValue Constant
highlight default link gateAnnotation PreProc
highlight default link gateNumber Number
highlight default link gateString String
highlight default link gateEscape SpecialChar
highlight default link gateComment Comment
highlight default link gateDocumentation SpecialComment
let b:current_syntax = 'gatewright'
