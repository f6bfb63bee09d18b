//! XML as a small tree, with a limit on everything. Nothing is fetched and nothing is expanded: a file with a document type or with
//! entities of its own is refused.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Deepest element.
const DEPTH_MAX: usize = 32;
/// Most elements of a file.
const ELEMENTS_MAX: usize = 1_000_000;
/// Longest text of an element, in bytes.
const TEXT_MAX: usize = 4_096;

/// An element.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name, without its namespace's prefix.
    pub name: String,
    /// Its attributes.
    pub attributes: Vec<(String, String)>,
    /// Its own text, without blanks around it.
    pub text: String,
    /// The elements in it.
    pub children: Vec<Element>,
}

/// Why a text is not such a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct XmlError {
    /// Where: the path of elements, such as `/Document/BkToCstmrStmt`.
    pub path: String,
    /// Why.
    pub why: String,
}

impl Element {
    /// The children of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element along a path of names, such as `Id/Othr/Id`.
    pub fn find(&self, path: &str) -> Option<&Element> {
        path.split('/').try_fold(self, |element, name| {
            element.children.iter().find(|child| child.name == name)
        })
    }

    /// Its text; none where there is no such element or it says nothing.
    pub fn text_of(&self, path: &str) -> Option<&str> {
        let found = self.find(path).map(|element| element.text.as_str());
        found.filter(|text| !text.is_empty())
    }

    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Where the reader is.
struct Walk {
    open: Vec<Element>,
    elements: usize,
}

impl Walk {
    fn error(&self, why: impl Into<String>) -> XmlError {
        let names = self.open.iter().skip(1).map(|element| format!("/{}", element.name));
        let path: String = names.collect();
        XmlError {
            path: if path.is_empty() { "/".to_owned() } else { path },
            why: why.into(),
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), XmlError> {
        self.elements += 1;
        if self.elements > ELEMENTS_MAX {
            return Err(self.error("has more than 1000000 elements"));
        }
        // The first one stands for the file.
        if self.open.len() > DEPTH_MAX {
            return Err(self.error("is more than 32 elements deep"));
        }
        let mut element = Element {
            name: tag.local_name().as_ref().to_owned(),
            ..Element::default()
        };
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| self.error(error.to_string()))?;
            if attribute.value.len() > TEXT_MAX {
                return Err(self.error("has an attribute of more than 4096 bytes"));
            }
            // No attribute that is looked at can need an escape.
            let value = attribute.value.to_string();
            element.attributes.push((attribute.key.as_ref().to_owned(), value));
        }
        self.open.push(element);
        Ok(())
    }

    fn end(&mut self) -> Result<(), XmlError> {
        let (Some(mut element), Some(parent)) = (self.open.pop(), self.open.last_mut()) else {
            return Err(self.error("ends more than it begins"));
        };
        element.text = element.text.trim().to_owned();
        parent.children.push(element);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        let length = self.open.last().map_or(0, |element| element.text.len());
        if length + text.len() > TEXT_MAX && !text.trim().is_empty() {
            return Err(self.error("has a text of more than 4096 bytes"));
        }
        if let Some(element) = self.open.last_mut()
            && length + text.len() <= TEXT_MAX
        {
            element.text.push_str(text);
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), XmlError> {
        let broken = |error: quick_xml::Error| error.to_string();
        let letter = reference
            .resolve_char_ref()
            .map_err(|error| self.error(broken(error)))?;
        let name = reference.xml10_content();
        let letter = match (letter, name.as_ref()) {
            (Some(letter), _) => letter,
            (None, "amp") => '&',
            (None, "lt") => '<',
            (None, "gt") => '>',
            (None, "quot") => '"',
            (None, "apos") => '\'',
            (None, other) => return Err(self.error(format!("uses the entity &{other};, which is not allowed"))),
        };
        self.text(letter.encode_utf8(&mut [0; 4]))
    }
}

/// Reads a text; the root element.
///
/// # Errors
/// [`XmlError`] says where and why.
pub fn read(text: &str) -> Result<Element, XmlError> {
    let mut reader = Reader::from_str(text);
    let mut walk = Walk {
        open: vec![Element::default()],
        elements: 0,
    };
    loop {
        let event = reader.read_event().map_err(|error| walk.error(error.to_string()))?;
        match event {
            Event::Start(tag) => walk.start(&tag)?,
            Event::Empty(tag) => {
                walk.start(&tag)?;
                walk.end()?;
            }
            Event::End(_) => walk.end()?,
            Event::Text(text) => walk.text(&text.xml10_content())?,
            Event::CData(text) => walk.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => walk.reference(&reference)?,
            Event::Comment(_) => {}
            Event::Decl(declaration) => {
                let encoding = declaration.encoding().transpose();
                let encoding = encoding.map_err(|error| walk.error(error.to_string()))?;
                let utf8 = encoding.is_none_or(|name| name.eq_ignore_ascii_case("utf-8"));
                if !utf8 {
                    return Err(walk.error("must be in UTF-8"));
                }
            }
            Event::PI(_) => return Err(walk.error("has a processing instruction, which is not allowed")),
            Event::DocType(_) => return Err(walk.error("has a document type, which is not allowed")),
            Event::Eof => break,
        }
    }
    finish(walk)
}

fn finish(mut walk: Walk) -> Result<Element, XmlError> {
    if walk.open.len() != 1 {
        return Err(walk.error("does not end"));
    }
    let mut file = walk.open.pop().unwrap_or_default();
    let root = file.children.pop();
    match root {
        Some(root) if file.children.is_empty() && file.text.trim().is_empty() => Ok(root),
        Some(_) => Err(walk.error("must have one root element and nothing beside it")),
        None => Err(walk.error("has no element")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn a_tree_is_read_with_its_five_entities() {
        let root = read(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- c --><p:A xmlns:p=\"u\"><B c=\"1\">a &amp; &#x4E2D;<![CDATA[<b>]]></B><B/></p:A>",
        );
        let root = root.unwrap();
        assert_eq!((root.name.as_str(), root.attribute("xmlns:p")), ("A", Some("u")));
        assert_eq!(root.text_of("B"), Some("a & 中<b>"));
        assert_eq!(root.find("B").unwrap().attribute("c"), Some("1"));
        assert_eq!(root.all("B").count(), 2);
    }

    #[test]
    fn bombs_and_what_is_outside_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><A>&b;</A>";
        assert!(why(bomb).contains("document type"), "{}", why(bomb));
        let outside = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><A/>";
        assert!(why(outside).contains("document type"));
        assert!(why("<A><B>&passwd;</B></A>").starts_with("/A/B: uses the entity &passwd;"));
        assert!(why("<A/><?php 1 ?>").contains("processing instruction"));
        assert!(why("<?xml version=\"1.0\" encoding=\"GB18030\"?><A/>").contains("UTF-8"));
    }

    #[test]
    fn limits_hold() {
        assert!(read(&format!("{}{}", "<A>".repeat(DEPTH_MAX), "</A>".repeat(DEPTH_MAX))).is_ok());
        assert!(
            why(&format!(
                "{}{}",
                "<A>".repeat(DEPTH_MAX + 1),
                "</A>".repeat(DEPTH_MAX + 1)
            ))
            .contains("deep")
        );
        assert!(why(&format!("<A>{}</A>", "a".repeat(TEXT_MAX + 1))).contains("4096"));
        assert!(read(&format!("<A>{}<B/></A>", " ".repeat(TEXT_MAX + 1))).is_ok());
        assert!(why(&format!("<A>{}</A>", "<B/>".repeat(ELEMENTS_MAX))).contains("1000000"));
    }

    #[test]
    fn what_is_broken_is_refused() {
        for text in [
            "",
            "a",
            "<A>",
            "<A></B>",
            "<A/><B/>",
            "<A/>b",
            "</A>",
            "<A b></A>",
            "<A>&</A>",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
