//! Reports for spreadsheets, as text.

use super::cell::guarded;
use crate::engine::report::Section;

/// Each section: its title as a comment, its columns, its rows, an empty line.
pub fn csv(sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections {
        text.push_str(&format!("# {}\n", section.title));
        line(&mut text, section.columns.iter().map(|column| (*column).to_owned()));
        for row in &section.rows {
            line(&mut text, row.iter().map(guarded));
        }
        text.push('\n');
    }
    text
}

/// The first section alone, without a title: one table that any program reads.
pub fn table(sections: &[Section]) -> String {
    let mut text = String::new();
    if let Some(section) = sections.first() {
        line(&mut text, section.columns.iter().map(|column| (*column).to_owned()));
        for row in &section.rows {
            line(&mut text, row.iter().map(guarded));
        }
    }
    text
}

fn line(text: &mut String, fields: impl Iterator<Item = String>) {
    let quoted = fields.map(|field| {
        if field.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field
        }
    });
    text.push_str(&quoted.collect::<Vec<_>>().join(","));
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;
    use crate::engine::report::Cell;

    #[test]
    fn sections_follow_each_other_and_odd_fields_are_quoted() {
        let sections = [
            Section::new(
                "those who owe",
                &["who", "what"],
                [
                    vec![Cell::from("a,b"), Money::from_fen(1_205).into()],
                    vec![Cell::from("say \"no\""), Cell::None],
                    vec![Cell::from("=1,2"), Cell::Count(7)],
                ],
            ),
            Section::new("nobody", &["who"], []),
        ];
        assert_eq!(
            csv(&sections),
            "# those who owe\nwho,what\n\"a,b\",12.05\n\"say \"\"no\"\"\",\n\"'=1,2\",7\n\n# nobody\nwho\n\n"
        );
    }
}
