//! Typed parameters of a pipeline: what kinds there are, which values are right, and which property each one sets.
//!
//! A value never becomes part of the pipeline's text: it is set as a property after parsing, so no value can change what
//! the pipeline is. The main function is [`bind`].

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// A value of a parameter. Shown nowhere: it may be a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text, an address or a choice.
    Text(String),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool(_) => "Bool(…)",
            Self::Int(_) => "Int(…)",
            Self::Text(_) => "Text(…)",
        })
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Values by the name of their parameter.
pub type Values = BTreeMap<String, Value>;

/// What values a parameter takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A whole number within bounds, both included.
    Int {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// Yes or no.
    Bool,
    /// Text of one line.
    Text {
        /// Most characters.
        chars_max: usize,
        /// Whether the element reads Pango markup, so that `<`, `>`, `&` and quotes must be escaped.
        pango: bool,
    },
    /// An address.
    Uri {
        /// Schemes it may have, in lower case.
        schemes: Vec<String>,
    },
    /// One of these.
    Choice {
        /// Which.
        values: Vec<String>,
    },
    /// A passphrase or key; never shown.
    Secret,
}

/// Most characters of an address or a secret.
const LONG_TEXT_CHARS_MAX: usize = 8192;

impl Kind {
    /// Says in words what values are right.
    #[must_use]
    pub fn right(&self) -> String {
        match self {
            Self::Int { min, max } => format!("a whole number from {min} to {max}"),
            Self::Bool => "true or false".to_owned(),
            Self::Text { chars_max, .. } => format!("one line of at most {chars_max} characters"),
            Self::Uri { schemes } => format!("an address that begins with {}:", schemes.join(": or ")),
            Self::Choice { values } => format!("one of {}", values.join(", ")),
            Self::Secret => format!("a text of at most {LONG_TEXT_CHARS_MAX} characters"),
        }
    }

    /// Whether a value is right.
    #[must_use]
    pub fn takes(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Int { min, max }, Value::Int(number)) => (min..=max).contains(&number),
            (Self::Bool, Value::Bool(_)) => true,
            (Self::Text { chars_max, .. }, Value::Text(text)) => is_line(text, *chars_max),
            (Self::Secret, Value::Text(text)) => is_line(text, LONG_TEXT_CHARS_MAX),
            (Self::Uri { schemes }, Value::Text(text)) => {
                let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
                is_line(text, LONG_TEXT_CHARS_MAX) && scheme.is_some_and(|scheme| schemes.contains(&scheme))
            }
            (Self::Choice { values }, Value::Text(text)) => values.contains(text),
            _ => false,
        }
    }

    /// The value as the property takes it.
    fn prepared(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Text { pango: true, .. }, Value::Text(text)) => Value::Text(escape_markup(&text)),
            (_, value) => value,
        }
    }
}

fn is_line(text: &str, chars_max: usize) -> bool {
    text.chars().count() <= chars_max && !text.chars().any(char::is_control)
}

/// Text as Pango markup that shows exactly this text.
fn escape_markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            other => out.push(other),
        }
    }
    out
}

/// A property of a named element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The element's name in the pipeline's text.
    pub element: String,
    /// Its property.
    pub property: String,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.element, self.property)
    }
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// What values it takes.
    pub kind: Kind,
    /// Its value unless another is given; without one it must be given.
    pub default: Option<Value>,
    /// The property it sets.
    pub set: Target,
}

/// A property and the value it is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The property.
    pub target: Target,
    /// Its value.
    pub value: Value,
}

/// Why values do not go with a pipeline's parameters. Never shows a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// There is no such parameter.
    #[error("there is no parameter {name:?}; {}", known(parameters))]
    Unknown {
        /// Which was given.
        name: String,
        /// Which there are.
        parameters: Vec<String>,
    },
    /// It has no default and was not given.
    #[error("parameter {name:?} must be given: {right}")]
    Missing {
        /// Which.
        name: String,
        /// What would be right.
        right: String,
    },
    /// The value can't be.
    #[error("parameter {name:?} takes {right}")]
    Wrong {
        /// Which.
        name: String,
        /// What would be right.
        right: String,
    },
}

fn known(parameters: &[String]) -> String {
    if parameters.is_empty() { "it has none".to_owned() } else { format!("it has {}", parameters.join(", ")) }
}

/// What to set, from the parameters and the values given for them: addresses first, since some elements forget their other
/// settings when they get one.
///
/// # Errors
///
/// If a value is given that no parameter takes, is missing, or is not right for its parameter.
pub fn bind(params: &BTreeMap<String, Param>, values: &Values) -> Result<Vec<Setting>, ParamError> {
    if let Some(name) = values.keys().find(|name| !params.contains_key(*name)) {
        return Err(ParamError::Unknown { name: name.clone(), parameters: params.keys().cloned().collect() });
    }
    let setting = |(name, param): (&String, &Param)| {
        let right = || param.kind.right();
        let value = values.get(name).or(param.default.as_ref());
        let value = value.ok_or_else(|| ParamError::Missing { name: name.clone(), right: right() })?.clone();
        if !param.kind.takes(&value) {
            return Err(ParamError::Wrong { name: name.clone(), right: right() });
        }
        Ok(Setting { target: param.set.clone(), value: param.kind.prepared(value) })
    };
    let is_address = |param: &Param| matches!(param.kind, Kind::Uri { .. });
    let (first, then): (Vec<_>, Vec<_>) = params.iter().partition(|(_, param)| is_address(param));
    first.into_iter().chain(then).map(setting).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn param(kind: Kind, default: Option<Value>) -> BTreeMap<String, Param> {
        let set = Target { element: "e".to_owned(), property: "p".to_owned() };
        BTreeMap::from([("x".to_owned(), Param { kind, default, set })])
    }

    fn bound(kind: &Kind, value: Value) -> Result<Value, String> {
        let settings = bind(&param(kind.clone(), None), &Values::from([("x".to_owned(), value)]));
        settings.map(|mut settings| settings.remove(0).value).map_err(|error| error.to_string())
    }

    #[test]
    fn each_kind_takes_its_values_and_says_what_would_be_right() {
        let text = |text: &str| Value::from(text);
        let strings = |list: &[&str]| list.iter().map(|&s| s.to_owned()).collect::<Vec<_>>();
        let int = Kind::Int { min: 200, max: 8000 };
        let title = Kind::Text { chars_max: 4, pango: false };
        let uri = Kind::Uri { schemes: strings(&["srt", "rtsp"]) };
        let choice = Kind::Choice { values: strings(&["tcp", "udp"]) };
        let cases = [
            (&int, Value::Int(200), true),
            (&int, Value::Int(8001), false),
            (&int, text("500"), false),
            (&Kind::Bool, Value::Bool(true), true),
            (&Kind::Bool, Value::Int(1), false),
            (&title, text("防汛会议"), true),
            (&title, text("防汛视频会议"), false),
            (&title, text("a\nb"), false),
            (&uri, text("srt://10.0.0.1:9000"), true),
            (&uri, text("RTSP://10.0.0.1/"), true),
            (&uri, text("file:///etc/passwd"), false),
            (&uri, text("10.0.0.1"), false),
            (&choice, text("udp"), true),
            (&choice, text("sctp"), false),
            (&Kind::Secret, text("long enough"), true),
            (&Kind::Secret, text("line\nbreak"), false),
        ];
        for (kind, value, good) in cases {
            let result = bound(kind, value);
            match result {
                Ok(_) => assert!(good, "{kind:?} took it"),
                Err(error) => {
                    assert!(!good, "{error}");
                    assert_eq!(error, format!("parameter \"x\" takes {}", kind.right()));
                }
            }
        }
    }

    #[test]
    fn markup_in_a_text_is_shown_not_obeyed() {
        let kind = Kind::Text { chars_max: 99, pango: true };
        assert_eq!(bound(&kind, "<b>A&B</b>".into()), Ok("&lt;b&gt;A&amp;B&lt;/b&gt;".into()));
    }

    #[test]
    fn missing_and_unknown_parameters_are_named() {
        let params = param(Kind::Bool, None);
        let error = bind(&params, &Values::new()).unwrap_err();
        assert_eq!(error.to_string(), "parameter \"x\" must be given: true or false");
        let error = bind(&params, &Values::from([("y".to_owned(), Value::Int(1))])).unwrap_err();
        assert_eq!(error.to_string(), "there is no parameter \"y\"; it has x");
        let settings = bind(&param(Kind::Bool, Some(Value::Bool(true))), &Values::new()).unwrap();
        assert_eq!(settings[0].value, Value::Bool(true));
    }

    #[test]
    fn an_address_is_set_before_all_else() {
        let mut params = param(Kind::Uri { schemes: vec!["srt".to_owned()] }, Some("srt://:7001".into()));
        params.extend([("a".to_owned(), param(Kind::Bool, Some(Value::Bool(true))).remove("x").unwrap())]);
        let settings = bind(&params, &Values::new()).unwrap();
        assert_eq!(settings.iter().map(|setting| &setting.value).next(), Some(&"srt://:7001".into()));
    }

    #[test]
    fn a_value_never_shows_itself() {
        assert_eq!(format!("{:?}", Value::from("hunter2")), "Text(…)");
    }
}
