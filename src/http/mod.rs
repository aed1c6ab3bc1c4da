//! The HTTP shell: routes, credentials, WHIP and WHEP, the control channel, pages.

pub mod wire;
