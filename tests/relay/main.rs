//! The media plane from outside: its values on the wire, and whole relays on loopback with real ICE, DTLS and SRTP.

mod wire;
