//! The tree of a page, in the form of the html5lib tree-construction tests.

use std::fmt::Write;

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, QualName, local_name, ns, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

use crate::style;

/// What was found on a page.
pub struct Dump {
    /// The tree, a line for each node, and below each `style` element its tokens.
    pub text: String,
    /// Elements in the tree.
    pub nr_elements: usize,
    /// Tokens in all style sheets.
    pub nr_css_tokens: usize,
}

/// Parse a page in UTF-8.
pub fn dump(page: &[u8]) -> Dump {
    let dom: RcDom = parse_document(RcDom::default(), ParseOpts::default())
        .from_utf8()
        .one(page);
    let mut dump = Dump {
        text: String::new(),
        nr_elements: 0,
        nr_css_tokens: 0,
    };
    // In the order of the page. `dom` keeps the tree together meanwhile.
    let mut pending = vec![(0, dom.document.clone())];
    while let Some((depth, node)) = pending.pop() {
        dump.node(depth, &node);
        let below = match &node.data {
            NodeData::Document => depth,
            _ => depth + 1,
        };
        let children = node.children.borrow();
        pending.extend(children.iter().rev().map(|child| (below, child.clone())));
        if let NodeData::Element {
            template_contents, ..
        } = &node.data
            && let Some(contents) = template_contents.borrow().as_ref()
        {
            pending.push((below, contents.clone()));
        }
    }
    dump
}

impl Dump {
    fn node(&mut self, depth: usize, node: &Handle) {
        match &node.data {
            NodeData::Document => {}
            NodeData::Doctype {
                name,
                public_id,
                system_id,
            } => self.line(
                depth,
                &format!("<!DOCTYPE {name} \"{public_id}\" \"{system_id}\">"),
            ),
            NodeData::Text { contents } => self.line(depth, &format!("\"{}\"", contents.borrow())),
            NodeData::Comment { contents } => self.line(depth, &format!("<!-- {contents} -->")),
            NodeData::ProcessingInstruction { target, contents } => {
                self.line(depth, &format!("<?{target} {contents}>"));
            }
            NodeData::Element { name, attrs, .. } => {
                self.nr_elements += 1;
                self.line(depth, &format!("<{}>", qualified(name)));
                let mut attributes: Vec<String> = attrs
                    .borrow()
                    .iter()
                    .map(|attribute| {
                        format!("{}=\"{}\"", qualified(&attribute.name), attribute.value)
                    })
                    .collect();
                attributes.sort();
                for attribute in attributes {
                    self.line(depth + 1, &attribute);
                }
                if name.ns == ns!(html) && name.local == local_name!("style") {
                    self.style(depth + 1, node);
                }
            }
        }
    }

    fn style(&mut self, depth: usize, element: &Handle) {
        let mut sheet = String::new();
        for child in element.children.borrow().iter() {
            if let NodeData::Text { contents } = &child.data {
                sheet.push_str(&contents.borrow());
            }
        }
        for (nesting, token) in style::tokens(&sheet) {
            self.nr_css_tokens += 1;
            self.line(depth + nesting, &format!("css {token}"));
        }
    }

    fn line(&mut self, depth: usize, text: &str) {
        // A String takes everything.
        let _ = writeln!(self.text, "| {:width$}{text}", "", width = depth * 2);
    }
}

/// A name with its namespace, if that is not HTML's.
fn qualified(name: &QualName) -> String {
    let prefix = match &name.ns {
        namespace if *namespace == ns!(svg) => "svg ",
        namespace if *namespace == ns!(mathml) => "math ",
        namespace if *namespace == ns!(xlink) => "xlink ",
        namespace if *namespace == ns!(xml) => "xml ",
        namespace if *namespace == ns!(xmlns) => "xmlns ",
        _ => "",
    };
    format!("{prefix}{}", name.local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_line_by_line() {
        let page =
            b"<!DOCTYPE html><title>t</title><style>a{b:1px}</style><p z=1 class=x>hi<b>x</p><svg>";
        let dump = dump(page);
        let expected = "\
| <!DOCTYPE html \"\" \"\">
| <html>
|   <head>
|     <title>
|       \"t\"
|     <style>
|       css Ident(a)
|       css {
|         css Ident(b)
|         css Colon
|         css Dimension(1px)
|       \"a{b:1px}\"
|   <body>
|     <p>
|       class=\"x\"
|       z=\"1\"
|       \"hi\"
|       <b>
|         \"x\"
|     <b>
|       <svg svg>
";
        assert_eq!(dump.text, expected);
        assert_eq!((dump.nr_elements, dump.nr_css_tokens), (9, 5));
    }
}
