//! Second factors: one's own, and taking away somebody's who has lost theirs.

use super::accounts;
use crate::{
    app::{Credential, KnownLogin},
    domain::access::Refusal,
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{self, Caller, Ids, JsonBody},
        wire::{AccountEntry, RecoveryCodes, SecondFactorBegun, SecondFactorCode, SecondFactorState},
    },
    id::AccountId,
};
use axum::{Extension, Json, extract::State};
use std::sync::Arc;
use zeroize::Zeroizing;

/// `GET /api/me/second-factor`: whether the own account has a second factor, and whether it needs one.
pub(in crate::http) async fn read(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<SecondFactorState>, Refused> {
    login_of(&caller)?;
    let own = web.app.own_second_factor(&caller.actor).await?;
    Ok(Json(SecondFactorState { on: own.on, recovery_codes: own.recovery_codes }))
}

/// `POST /api/me/second-factor`: begins one: the secret and its picture, told once.
pub(in crate::http) async fn begin(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<SecondFactorBegun>, Refused> {
    let begun = web.app.begin_second_factor(&caller.actor, login_of(&caller)?).await?;
    let picture = begun.picture;
    Ok(Json(SecondFactorBegun { secret: begun.secret.to_string(), side: picture.side, path: picture.path.to_string() }))
}

/// `POST /api/me/second-factor/confirm`: the first code proves that it works; the recovery codes are told once.
pub(in crate::http) async fn confirm(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<SecondFactorCode>,
) -> Result<Json<RecoveryCodes>, Refused> {
    let login = login_of(&caller)?;
    let SecondFactorCode { code } = body.json()?;
    let code = Zeroizing::new(code);
    let codes = web.app.confirm_second_factor(&caller.actor, login, &code, caller.address, extract::now()).await?;
    Ok(Json(RecoveryCodes { codes: codes.iter().map(|code| code.reveal().to_owned()).collect() }))
}

/// `POST /api/accounts/{account}/reset-second-factor`: takes the second factor of an account away.
pub(in crate::http) async fn reset(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<AccountId>,
) -> Result<(Extension<About>, Json<AccountEntry>), Refused> {
    let account = accounts::entry(web.app.reset_second_factor(&caller.actor, &id, extract::now()).await?);
    Ok((accounts::about(&account), Json(account)))
}

fn login_of(caller: &Caller) -> Result<&KnownLogin, Refused> {
    match &caller.credential {
        Credential::Login(login) => Ok(login),
        _ => Err(Refusal::TokenNeeded.into()),
    }
}
