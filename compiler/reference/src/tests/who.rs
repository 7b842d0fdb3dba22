//! SEMANTICS: §4

use gatewright_hir::model::{
    AgentScope, AttributeFilter, Expr, Guests, Policy, ServicePrincipalScope, UserScope, Who,
};
use gatewright_value::vocabulary::GuestType;
use serde_json::{Value, json};

use super::builder::{meets, policy, request, scoped, users, with};

fn for_who(who: Who) -> Policy {
    with(policy("p"), |assignments| assignments.who = who)
}

fn identity(identity: Value) -> Value {
    let mut request = request(json!({ "directory": { "groups": ["G1"], "roles": ["r1"] } }));
    request["signInIdentity"] = identity;
    request
}

#[test]
fn each_identity_class_meets_only_its_own_policies() {
    let user = identity(json!({ "userId": "u1" }));
    let workload = identity(json!({ "servicePrincipalId": "s1" }));
    let agent = identity(json!({ "agentServicePrincipalId": "a1" }));
    let agent_user = identity(json!({ "userId": "u1", "isAgentUser": true }));
    let requests = [&user, &workload, &agent, &agent_user];

    let all_users = for_who(users(vec![UserScope::All], vec![]));
    let agent_users = for_who(users(vec![UserScope::AllAgentUsers], vec![]));
    let one_user = for_who(users(vec![UserScope::User("U1".into())], vec![]));
    let owned = for_who(Who::ServicePrincipals(scoped(
        vec![ServicePrincipalScope::Owned],
        vec![],
    )));
    let agents = for_who(Who::Agents(scoped(vec![AgentScope::All], vec![])));
    let rows = [
        (all_users, [true, false, false, false]),
        (one_user, [true, false, false, false]),
        (agent_users, [false, false, false, true]),
        (owned, [false, true, false, false]),
        (agents, [false, false, true, false]),
    ];
    for (policy, expected) in rows {
        for (request, expected) in requests.iter().zip(expected) {
            assert_eq!(meets(policy.clone(), request), Some(expected), "{request}");
        }
    }
}

#[test]
fn users_groups_and_roles_are_a_union_and_exclusion_wins() {
    let request = identity(json!({ "userId": "U1" }));
    let user = || UserScope::User("u1".into());
    let group = || UserScope::Group("g1".into());
    let role = || UserScope::Role("R1".into());
    let other = || UserScope::Group("other".into());
    let rows = [
        (vec![user()], vec![], true),
        (vec![group()], vec![], true),
        (vec![role()], vec![], true),
        (vec![other()], vec![], false),
        (vec![UserScope::None], vec![], false),
        (vec![UserScope::None, role()], vec![], true),
        (vec![], vec![], false),
        (vec![UserScope::All], vec![other()], true),
        (vec![UserScope::All], vec![group()], false),
        (vec![user(), group()], vec![role()], false),
    ];
    for (include, exclude, expected) in rows {
        let policy = for_who(users(include.clone(), exclude.clone()));
        assert_eq!(
            meets(policy, &request),
            Some(expected),
            "{include:?} except {exclude:?}"
        );
    }
}

#[test]
fn exclusion_reaches_the_account_of_an_agents_user() {
    let request = identity(json!({ "userId": "u1", "isAgentUser": true }));
    let excluded = vec![UserScope::Group("g1".into())];
    let policy = for_who(users(vec![UserScope::AllAgentUsers], excluded));
    assert_eq!(meets(policy, &request), Some(false));
}

#[test]
fn guests_are_meant_by_type_and_tenant() {
    let guests = |types: &[GuestType], tenants: Option<&[&str]>| {
        let tenants = tenants.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
        for_who(users(
            vec![UserScope::Guests(Guests {
                types: types.to_vec(),
                tenants,
            })],
            vec![],
        ))
    };
    let collaboration = [GuestType::B2bCollaborationGuest];
    let rows = [
        // A guest of a listed type; then of another; then from a tenant listed and not listed.
        (guests(&collaboration, None), true),
        (guests(&[GuestType::InternalGuest], None), false),
        (guests(&collaboration, Some(&["FABRIKAM"])), true),
        (guests(&collaboration, Some(&["contoso"])), false),
    ];
    let guest = identity(json!({
        "userId": "u1",
        "externalUserType": "b2bCollaborationGuest",
        "externalTenantId": "fabrikam",
    }));
    for (policy, expected) in rows {
        assert_eq!(meets(policy, &guest), Some(expected));
    }
    let member = identity(json!({ "userId": "u1", "externalTenantId": "fabrikam" }));
    assert_eq!(meets(guests(GuestType::ALL, None), &member), Some(false));
    // All users includes guests.
    assert_eq!(meets(policy("p"), &guest), Some(true));
    // A tenant is asked for and none is known to be there.
    let homeless = identity(json!({ "userId": "u1", "externalUserType": "serviceProvider" }));
    assert_eq!(
        meets(guests(GuestType::ALL, Some(&["fabrikam"])), &homeless),
        Some(false)
    );
}

#[test]
fn workloads_are_meant_by_ownership_id_and_filter() {
    let owned = ServicePrincipalScope::Owned;
    let one = ServicePrincipalScope::Id("S1".into());
    let filter = ServicePrincipalScope::Filter(AttributeFilter {
        rule: Expr::Unknown(Default::default()),
        text: String::new(),
    });
    let rows = [
        (vec![owned.clone()], vec![], Some(true)),
        (vec![owned.clone()], vec![one.clone()], Some(false)),
        (vec![one.clone()], vec![], Some(true)),
        (vec![ServicePrincipalScope::None], vec![], Some(false)),
        (vec![filter.clone()], vec![], None),
        (vec![filter.clone()], vec![one.clone()], Some(false)),
        (vec![one], vec![filter], None),
    ];
    let request = identity(json!({ "servicePrincipalId": "s1" }));
    for (include, exclude, expected) in rows {
        let policy = for_who(Who::ServicePrincipals(scoped(
            include.clone(),
            exclude.clone(),
        )));
        assert_eq!(
            meets(policy, &request),
            expected,
            "{include:?} except {exclude:?}"
        );
    }
    let foreign = identity(json!({ "servicePrincipalId": "s1", "isOwned": false }));
    let policy = for_who(Who::ServicePrincipals(scoped(vec![owned], vec![])));
    assert_eq!(meets(policy, &foreign), Some(false));
}

#[test]
fn exclusion_decides_where_inclusion_is_unknown() {
    let mut request = identity(json!({ "userId": "u1" }));
    request["unknown"] = json!(["directory.groups"]);
    let group = UserScope::Group("g1".into());
    let user = UserScope::User("u1".into());
    let included = for_who(users(vec![group.clone()], vec![]));
    assert_eq!(meets(included, &request), None);
    let excluded = for_who(users(vec![group.clone()], vec![user.clone()]));
    assert_eq!(meets(excluded, &request), Some(false));
    let either = for_who(users(vec![group.clone(), user.clone()], vec![]));
    assert_eq!(meets(either, &request), Some(true));
    let open = for_who(users(vec![user], vec![group]));
    assert_eq!(meets(open, &request), None);
}
