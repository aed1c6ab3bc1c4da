//! Logging in and out, who one is, and the own password.

use super::{certificates, ms};
use crate::{
    app::{Credential, Elsewhere, Known, LoginFault, NewLogin, OwnConsole, OwnLogin, SecondStep, StepTaken},
    domain::{
        access::{Actor, Refusal},
        account::PasswordRules,
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{self, Caller, DEVICE_COOKIE, JsonBody, LOGIN_COOKIE},
        wire::{ConsoleState, LoginEntry, LoginRequest, Me, PasswordChange, WirePasswordRules},
    },
};
use axum::{
    Extension, Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use axum_server::tls::TlsInfo;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep_until};
use zeroize::Zeroizing;

/// No log-in is answered sooner, so that the time does not tell whether a password was looked at: ten times what a hash
/// takes.
const ANSWERED_AFTER: Duration = Duration::from_millis(300);

/// Seconds a machine keeps its cookie: browsers cut what is longer than 400 days, so it is set anew whenever it asks who
/// it is.
const DEVICE_COOKIE_SECONDS: u64 = 400 * 86_400;

/// `GET /api/me`: who asks, as the server knows them.
pub(in crate::http) async fn me(
    caller: Caller,
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    if matches!(caller.actor, Actor::Stranger | Actor::DemoVisitor)
        && let Some(cookie) = extract::cookie(&headers, LOGIN_COOKIE)
        && let Some(Elsewhere { at, address }) = web.app.logged_in_elsewhere(&cookie).await?
    {
        return Ok(Json(Me::Elsewhere { at_ms: ms(at), address }).into_response());
    }
    let again = match (&caller.actor, extract::cookie(&headers, DEVICE_COOKIE)) {
        (Actor::Device(_), Some(value)) => Some(device_cookie(&value)?),
        _ => None,
    };
    let again = again.map(|cookie| AppendHeaders([(header::SET_COOKIE, cookie)]));
    Ok((again, Json(who(&web, &caller.actor, &caller.name, &caller.credential).await?)).into_response())
}

/// `POST /api/login`: logs in; the log-in is a cookie.
pub(in crate::http) async fn login(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Extension(tls): Extension<Arc<TlsInfo>>,
    body: JsonBody<LoginRequest>,
) -> Result<Response, Refused> {
    let LoginRequest { login, password, code } = body.json()?;
    let (password, code) = (Zeroizing::new(password), code.map(Zeroizing::new));
    Web::take(&web.logins, caller.address)
        .map_err(|wait| Refused::login_too_often().retry_after(wait.as_secs() + 1))?;
    let answer_at = Instant::now() + ANSWERED_AFTER;
    let now = extract::now();
    let step = SecondStep { code, certificate: certificates::presented(&web, &tls, now.wall) };
    let made = web.app.log_in(&login, password, step, caller.address, now).await;
    sleep_until(answer_at).await;
    match made {
        Ok(made) => {
            let about = about_new(&made);
            let Known { actor, name, credential } = made.known;
            // A log-in that was there before is over: one browser, one log-in.
            if let Credential::Login(before) = &caller.credential {
                web.app.log_out(before, extract::now().wall).await?;
            }
            let cookie = login_cookie(made.cookie.reveal())?;
            let cookie = AppendHeaders([(header::SET_COOKIE, cookie)]);
            Ok((about, cookie, Json(who(&web, &actor, &name, &credential).await?)).into_response())
        }
        Err(fault) => {
            let about = about(match &fault {
                LoginFault::Wrong { tried, .. } | LoginFault::Locked { tried, .. } => {
                    tried.as_ref().map(|login| login.as_str())
                }
                LoginFault::OneTimeOver { tried }
                | LoginFault::CodeNeeded { tried }
                | LoginFault::WrongCode { tried }
                | LoginFault::CertificateNeeded { tried }
                | LoginFault::FactorLost { tried }
                | LoginFault::Certificate { tried, .. } => Some(tried.as_str()),
                LoginFault::Busy(_) | LoginFault::Store(_) => None,
            });
            Ok((about, Refused::from(fault)).into_response())
        }
    }
}

/// What the book says of a log-in that was made: whose it is, what it ended, and by which certificate.
fn about_new(made: &NewLogin) -> Extension<About> {
    let mut about = about(match &made.known.credential {
        Credential::Login(login) => Some(login.login.as_str()),
        _ => None,
    });
    if let StepTaken::Certificate(id) = &made.step {
        about.0.0.push_str(&format!(" certificate:{id}"));
    }
    if made.ended > 0 {
        about.0.0.push_str(&format!(" ended:{} older", made.ended));
    }
    about
}

/// Which account a log-in was for. A name that is no account's is not written down: it may be a password in the wrong field.
fn about(login: Option<&str>) -> Extension<About> {
    Extension(About(login.map_or_else(|| "account unknown".to_owned(), |login| format!("account:{login}"))))
}

/// `POST /api/logout`: logs out.
pub(in crate::http) async fn logout(caller: Caller, State(web): State<Arc<Web>>) -> Result<Response, Refused> {
    let Credential::Login(login) = &caller.credential else { return Err(Refusal::TokenNeeded.into()) };
    web.app.log_out(login, extract::now().wall).await?;
    let cleared = HeaderValue::from_static("__Host-yunling=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cleared)])).into_response())
}

/// `POST /api/me/password`: changes the own password; other log-ins of the account end.
pub(in crate::http) async fn password(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<PasswordChange>,
) -> Result<StatusCode, Refused> {
    let Credential::Login(login) = &caller.credential else { return Err(Refusal::TokenNeeded.into()) };
    let PasswordChange { old, new } = body.json()?;
    let (old, new) = (Zeroizing::new(old), Zeroizing::new(new));
    web.app.change_password(&caller.actor, login, old, new, caller.address, extract::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/me/logins`: the own log-ins that are not over.
pub(in crate::http) async fn logins(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<Vec<LoginEntry>>, Refused> {
    let Credential::Login(login) = &caller.credential else { return Err(Refusal::TokenNeeded.into()) };
    let own = web.app.own_logins(login, extract::now().wall).await?;
    let entry = |own: OwnLogin| LoginEntry {
        id: own.name().to_owned(),
        made_at_ms: ms(own.session.made),
        seen_at_ms: ms(own.session.seen),
        address: own.session.address,
        current: own.current,
    };
    Ok(Json(own.into_iter().map(entry).collect()))
}

/// `POST /api/me/logins/{login}/end`: ends one of them.
pub(in crate::http) async fn end_login(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Refused> {
    let Credential::Login(login) = &caller.credential else { return Err(Refusal::TokenNeeded.into()) };
    let ended = web.app.end_own_login(login, &name, extract::now().wall).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Refused::login_unknown()) }
}

/// Somebody as they are told of themselves.
async fn who(web: &Web, actor: &Actor, name: &str, credential: &Credential) -> Result<Me, Refused> {
    Ok(match (actor, credential) {
        (Actor::User(user), Credential::Login(login)) => Me::User {
            account: user.account.to_string(),
            login: login.login.to_string(),
            name: name.to_owned(),
            unit: login.unit.clone(),
            signs: user.signs(),
            roles: user.roles.iter().map(Into::into).collect(),
            must_change_password: user.must_change_password,
            must_enrol: user.must_enrol,
            last_login_ms: login.last_login.map(ms),
            console: console(web.app.own_console(user, login).await?),
            password_rules: password_rules(web.app.password_rules()),
        },
        (Actor::Device(device), _) => Me::Device {
            name: name.to_owned(),
            device: device.kind.into(),
            venue: device.venue.to_string(),
            attends: device.attends.as_ref().map(ToString::to_string),
        },
        (Actor::DemoVisitor, _) => Me::Visitor,
        // A token is for one meeting; the panel has nothing for its holder.
        (Actor::Stranger | Actor::Holder(_) | Actor::User(_), _) => Me::Stranger,
    })
}

fn password_rules(rules: PasswordRules) -> WirePasswordRules {
    let figure = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let PasswordRules { chars_min, classes_min, history } = rules;
    WirePasswordRules { chars: figure(chars_min), classes: figure(classes_min), history: figure(history) }
}

fn console(own: OwnConsole) -> ConsoleState {
    ConsoleState {
        locked: own.locked,
        pin_opens: own.pin_opens,
        has_pin: own.has_pin,
        pin_digits: u32::try_from(own.pin_digits).unwrap_or(u32::MAX),
        locks_after_s: own.locks_after.map(|after| after.as_secs()),
    }
}

fn login_cookie(secret: &str) -> Result<HeaderValue, Refused> {
    // Without Max-Age: it is gone when the browser is closed; the server ends it in any case.
    cookie(&format!("{LOGIN_COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict"))
}

/// The cookie of a machine.
pub(super) fn device_cookie(secret: &str) -> Result<HeaderValue, Refused> {
    let age = DEVICE_COOKIE_SECONDS;
    cookie(&format!("{DEVICE_COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={age}"))
}

fn cookie(text: &str) -> Result<HeaderValue, Refused> {
    let mut value = HeaderValue::from_str(text).map_err(|_| Refused::internal())?;
    value.set_sensitive(true);
    Ok(value)
}
