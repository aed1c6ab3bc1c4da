//! Who may do what (权限表) and how the controls stand (等保自查表), for the three officers: asked of the rules themselves, never
//! written down twice.

use super::accounts::exception_entry;
use crate::{
    domain::{
        access::{self, Action, Resource},
        officer,
        role::Role,
        self_check::{Control, Finding},
    },
    http::{
        Web,
        error::Refused,
        extract::Caller,
        wire::{AccessRow, AccessTable, CheckLine},
    },
};
use axum::{Json, extract::State};
use std::{sync::Arc, time::SystemTime};

/// `GET /api/access`: who may do what, as a table.
pub(in crate::http) async fn table(caller: Caller) -> Result<Json<AccessTable>, Refused> {
    access::allow(&caller.actor, Action::SeeAccess, &Resource::Server)?;
    let row = |action: Action| AccessRow {
        action: action.name().to_owned(),
        reach: Role::ALL.into_iter().map(|role| access::reach(role, action).into()).collect(),
    };
    let pairs = Role::ALL.into_iter().enumerate();
    let pairs = pairs.flat_map(|(place, one)| Role::ALL[place + 1..].iter().map(move |other| [one, *other]));
    let apart = pairs.filter(|pair| officer::check_roles(pair.iter().copied().collect()).is_err());
    Ok(Json(AccessTable {
        roles: Role::ALL.into_iter().map(Into::into).collect(),
        rows: Action::ALL.into_iter().map(row).collect(),
        apart: apart.map(|pair| pair.map(Into::into)).collect(),
    }))
}

/// `GET /api/self-check`: what is wrong with accounts and rules.
pub(in crate::http) async fn self_check(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<Vec<CheckLine>>, Refused> {
    let (findings, exceptions) = web.app.self_check(&caller.actor, SystemTime::now()).await?;
    let line = |Finding { control, verdict, figures, names }: Finding| CheckLine {
        control: control.name().to_owned(),
        verdict: verdict.into(),
        figures,
        names,
        exceptions: match control {
            Control::OfficersApart => exceptions.iter().cloned().map(exception_entry).collect(),
            _ => Vec::new(),
        },
    };
    Ok(Json(findings.into_iter().map(line).collect()))
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

    #[test]
    fn every_control_has_its_words_on_the_page() {
        let words = include_str!("../../../web/src/text/zh-access.ts");
        let facts = crate::domain::self_check::Facts {
            session: crate::domain::account::SessionLimits { idle: Default::default(), absolute: Default::default() },
            password: Default::default(),
            lockout: Default::default(),
            password_age: Default::default(),
            one_time: Default::default(),
            one_session: true,
            console: crate::domain::console::ConsoleSettings { locks_after: Default::default(), pin_digits: 6 },
            second_factor_for: Default::default(),
            second_factors: &[],
            asks_certificates: true,
            certificates: &[],
            accounts: &[],
            exceptions: &[],
            units: &[],
            book_grows: true,
            book_kept: Default::default(),
            book_since: None,
            mirrored: true,
            log_host: None,
        };
        for finding in crate::domain::self_check::check(&facts, SystemTime::UNIX_EPOCH) {
            let name = finding.control.name();
            assert!(words.contains(&format!("    {name}: {{ name: ")), "{name} has no words");
        }
    }
}
