//! Known preferences: the type of each, and what it is by itself.

use serde_json::{Map, Value, json};

use crate::limits::Limits;
use crate::protocol::{Code, Preferences, ProtocolError};

/// What a value may be.
enum Kind {
    OneOf(&'static [&'static str]),
    Whether,
    Whole { from: u64, to: u64 },
    Text { most: usize },
}

/// A preference that every client understands.
struct Known {
    name: &'static str,
    kind: Kind,
    /// What it is by itself.
    usual: Value,
}

/// All of them.
pub(super) struct Knowledge(Vec<Known>);

impl Knowledge {
    /// What is known; the limits are what retention is by itself, and at the most.
    pub(super) fn new(limits: &Limits) -> Self {
        let known = |name, kind, usual| Known { name, kind, usual };
        let days = u64::from(limits.stored_days).clamp(1, 3650);
        let commands = limits.stored_commands.clamp(1, 1_000_000);
        Self(vec![
            known("theme", Kind::OneOf(&["system", "light", "dark"]), json!("system")),
            known("font", Kind::Text { most: 200 }, json!("")),
            known("fontSize", Kind::Whole { from: 6, to: 72 }, json!(14)),
            known("format", Kind::OneOf(&["html", "text", "raw"]), json!("html")),
            known("streams", Kind::OneOf(&["split", "exact", "pipes"]), json!("exact")),
            known("links", Kind::Whether, json!(true)),
            known("thumbnails", Kind::Whether, json!(true)),
            known("notifications", Kind::Whether, json!(false)),
            known("longCommand", Kind::Whole { from: 1, to: 86_400 }, json!(10)),
            known("retentionDays", Kind::Whole { from: 1, to: 3650 }, json!(days)),
            known("retentionCommands", Kind::Whole { from: 1, to: 1_000_000 }, json!(commands)),
        ])
    }

    /// Whether every client understands it.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|known| known.name == name)
    }

    /// What a preference is by itself.
    pub(super) fn usual(&self, name: &str) -> Value {
        self.0.iter().find(|known| known.name == name).map_or(Value::Null, |known| known.usual.clone())
    }

    /// Refuses a value of another type or out of range.
    ///
    /// # Errors
    /// It says what is wanted and what was given.
    pub(super) fn check(&self, name: &str, value: &Value) -> Result<(), ProtocolError> {
        let Some(known) = self.0.iter().find(|known| known.name == name) else { return Ok(()) };
        if known.kind.takes(value) {
            return Ok(());
        }
        let given: String = value.to_string().chars().take(60).collect();
        Err(ProtocolError::new(
            Code::BadPreference,
            format!("The preference \"{name}\" is {}; {given} was given.", known.kind.wanted()),
        ))
    }

    /// All of them, from what was set.
    pub(super) fn all(&self, set: &Map<String, Value>) -> Preferences {
        let value = |known: &Known| {
            let value = set.get(known.name).filter(|value| known.kind.takes(value));
            (known.name.to_owned(), value.unwrap_or(&known.usual).clone())
        };
        let all: Map<String, Value> = self.0.iter().map(value).collect();
        serde_json::from_value(Value::Object(all)).expect("every preference is known with its type")
    }
}

impl Kind {
    fn takes(&self, value: &Value) -> bool {
        match self {
            Self::OneOf(names) => value.as_str().is_some_and(|name| names.contains(&name)),
            Self::Whether => value.is_boolean(),
            Self::Whole { from, to } => value.as_u64().is_some_and(|number| (*from..=*to).contains(&number)),
            Self::Text { most } => value
                .as_str()
                .is_some_and(|text| text.chars().count() <= *most && !text.chars().any(char::is_control)),
        }
    }

    fn wanted(&self) -> String {
        match self {
            Self::OneOf(names) => format!("one of \"{}\"", names.join("\", \"")),
            Self::Whether => "true or false".to_owned(),
            Self::Whole { from, to } => format!("a whole number from {from} to {to}"),
            Self::Text { most } => format!("a text of at most {most} characters without control characters"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preference_has_a_value_by_itself_and_keeps_it_where_what_was_set_is_no_good() {
        let knowledge = Knowledge::new(&Limits::default());
        for known in &knowledge.0 {
            assert!(known.kind.takes(&known.usual), "{}", known.name);
        }
        let usual = knowledge.all(&Map::new());
        let bad = ["theme", "font", "fontSize", "links", "format"].map(|name| (name.to_owned(), json!([1])));
        assert_eq!(knowledge.all(&bad.into_iter().collect()), usual);
        let limits = Limits { stored_commands: 0, stored_days: 0, ..Limits::default() };
        assert_eq!(Knowledge::new(&limits).all(&Map::new()).retention_days, 1);
    }
}
