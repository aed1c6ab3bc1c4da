//! Who may do what (权限表), for the three officers: asked of the rule itself, never written down twice.

use crate::{
    domain::{
        access::{self, Action, Resource},
        account,
        role::Role,
    },
    http::{
        error::Refused,
        extract::Caller,
        wire::{AccessRow, AccessTable},
    },
};
use axum::Json;

/// `GET /api/access`.
pub(in crate::http) async fn table(caller: Caller) -> Result<Json<AccessTable>, Refused> {
    access::allow(&caller.actor, Action::SeeAccess, &Resource::Server)?;
    let row = |action: Action| AccessRow {
        action: action.name().to_owned(),
        reach: Role::ALL.into_iter().map(|role| access::reach(role, action).into()).collect(),
    };
    let pairs = Role::ALL.into_iter().enumerate();
    let pairs = pairs.flat_map(|(place, one)| Role::ALL[place + 1..].iter().map(move |other| [one, *other]));
    let apart = pairs.filter(|pair| account::check_roles(pair.iter().copied().collect()).is_err());
    Ok(Json(AccessTable {
        roles: Role::ALL.into_iter().map(Into::into).collect(),
        rows: Action::ALL.into_iter().map(row).collect(),
        apart: apart.map(|pair| pair.map(Into::into)).collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_its_words_on_the_page() {
        let words = include_str!("../../../web/src/text/zh-access.ts");
        for action in Action::ALL {
            assert!(words.contains(&format!("    {}: ", action.name())), "{} has no words", action.name());
        }
    }
}
