//! The lock of one's own console, and one's own PIN.

use crate::{
    app::{Credential, Key, KnownLogin},
    domain::access::{Actor, LoggedIn, Refusal},
    http::{
        Web,
        error::Refused,
        extract::{self, Caller, JsonBody},
        wire::{ConsoleKey, NewPin},
    },
};
use axum::{extract::State, http::StatusCode};
use std::sync::Arc;
use zeroize::Zeroizing;

/// `POST /api/me/lock`: locks the own console.
pub(in crate::http) async fn lock(caller: Caller, State(web): State<Arc<Web>>) -> Result<StatusCode, Refused> {
    let (_, login) = logged_in(&caller)?;
    web.app.lock_console(login).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/me/unlock`: unlocks it by PIN or password.
pub(in crate::http) async fn unlock(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<ConsoleKey>,
) -> Result<StatusCode, Refused> {
    let (user, login) = logged_in(&caller)?;
    let key = match body.json()? {
        ConsoleKey::Pin { pin } => Key::Pin(Zeroizing::new(pin)),
        ConsoleKey::Password { password } => Key::Password(Zeroizing::new(password)),
    };
    web.app.unlock_console(&user.account, login, key, caller.address, extract::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/me/pin`: sets the PIN of the own console; takes the password.
pub(in crate::http) async fn set_pin(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<NewPin>,
) -> Result<StatusCode, Refused> {
    let (_, login) = logged_in(&caller)?;
    let NewPin { password, pin } = body.json()?;
    let (password, pin) = (Zeroizing::new(password), Zeroizing::new(pin));
    web.app.set_own_pin(&caller.actor, login, password, pin, caller.address, extract::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/me/pin`: the own console is unlocked by password alone again.
pub(in crate::http) async fn remove_pin(caller: Caller, State(web): State<Arc<Web>>) -> Result<StatusCode, Refused> {
    logged_in(&caller)?;
    web.app.remove_own_pin(&caller.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn logged_in(caller: &Caller) -> Result<(&LoggedIn, &KnownLogin), Refused> {
    match (&caller.actor, &caller.credential) {
        (Actor::User(user), Credential::Login(login)) => Ok((user, login)),
        _ => Err(Refusal::TokenNeeded.into()),
    }
}
