//! The settings one by one, for whoever holds them against what they were.

use super::{Config, as_table};
use std::collections::BTreeMap;
use toml::Value;

impl Config {
    /// Every setting by its key, as it would stand in a file: `media.workers` is `2`, `leg.province.url` is `"rtsp://…"`. No secret is
    /// among them.
    #[must_use]
    pub fn values(&self) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        for (section, keys) in as_table(self) {
            let mut put = |section: &str, keys: &Value| {
                for (key, value) in keys.as_table().into_iter().flatten() {
                    values.insert(format!("{section}.{key}"), value.to_string());
                }
            };
            match &keys {
                Value::Array(legs) => {
                    for leg in legs {
                        let id = leg.get("id").and_then(Value::as_str).unwrap_or_default();
                        put(&format!("{section}.{id}"), leg);
                    }
                }
                keys => put(&section, keys),
            }
        }
        values
    }

    /// The secrets there are, by the key they would have.
    pub fn secrets(&self) -> impl Iterator<Item = (String, &str)> {
        let secrets = self.leg.iter().filter(|leg| !leg.secret.reveal().is_empty());
        secrets.map(|leg| (format!("leg.{}.secret", leg.id), leg.secret.reveal()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_its_key_and_no_secret_is_among_them() {
        let leg = "[[leg]]\nid = \"province\"\nname = \"省\"\nmeeting = \"council\"\nurl = \"srt://:9000\"\nsecret_env = \
                   \"YUNLING_SECRET_SRT\"\n";
        let environment = BTreeMap::from([("YUNLING_SECRET_SRT".to_owned(), "abcdefghij".to_owned())]);
        let config = Config::read("", leg, environment).unwrap();
        let values = config.values();
        for (key, value) in [
            ("media.workers", "2"),
            ("audit.keep_days", "1095"),
            ("http.names", "[]"),
            ("door.one_session", "false"),
            ("leg.province.url", "\"srt://:9000\""),
            ("leg.province.secret_env", "\"YUNLING_SECRET_SRT\""),
        ] {
            assert_eq!(values.get(key).map(String::as_str), Some(value), "{key}");
        }
        assert!(values.values().all(|value| !value.contains("abcdefghij")));
        assert_eq!(config.secrets().collect::<Vec<_>>(), [("leg.province.secret".to_owned(), "abcdefghij")]);
    }
}
