//! The tokens of a style sheet, as cssparser reads them.

use cssparser::{ParseError, Parser, ToCss, Token};

/// Every token but white space and comments, with how many blocks it is in.
pub fn tokens(sheet: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    read(&mut Parser::new(sheet), 0, &mut found);
    found
}

fn read(parser: &mut Parser<'_>, nesting: usize, found: &mut Vec<(usize, String)>) {
    while let Ok(token) = parser.next() {
        let (text, is_block) = told(token);
        found.push((nesting, text));
        if is_block {
            let inside = parser.parse_nested_block(|parser| {
                read(parser, nesting + 1, found);
                Ok::<_, ParseError<()>>(())
            });
            if inside.is_err() {
                found.push((nesting, "unfinished".into()));
            }
        }
    }
}

/// How a token is told, and whether a block begins with it.
fn told(token: &Token<'_>) -> (String, bool) {
    let text = match token {
        Token::Ident(name) => format!("Ident({name})"),
        Token::AtKeyword(name) => format!("AtKeyword({name})"),
        Token::Hash(name) | Token::IDHash(name) => format!("Hash({name})"),
        Token::QuotedString(text) => format!("String({text})"),
        Token::UnquotedUrl(url) => format!("Url({url})"),
        Token::Delim(delimiter) => format!("Delim({delimiter})"),
        Token::Number { .. } => format!("Number({})", token.to_css_string()),
        Token::Percentage { .. } => format!("Percentage({})", token.to_css_string()),
        Token::Dimension { .. } => format!("Dimension({})", token.to_css_string()),
        Token::Colon => "Colon".into(),
        Token::Semicolon => "Semicolon".into(),
        Token::Comma => "Comma".into(),
        Token::Function(name) => format!("Function({name})"),
        Token::ParenthesisBlock => "(".into(),
        Token::SquareBracketBlock => "[".into(),
        Token::CurlyBracketBlock => "{".into(),
        other => format!("Other({})", other.to_css_string()),
    };
    let is_block = matches!(
        token,
        Token::Function(_)
            | Token::ParenthesisBlock
            | Token::SquareBracketBlock
            | Token::CurlyBracketBlock
    );
    (text, is_block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_nested() {
        let found = tokens("@media (x) { p { color: rgb(1, 50%) } }");
        let told: Vec<String> = found
            .iter()
            .map(|(nesting, token)| format!("{nesting}{token}"))
            .collect();
        assert_eq!(
            told.join(" "),
            "0AtKeyword(media) 0( 1Ident(x) 0{ 1Ident(p) 1{ 2Ident(color) 2Colon 2Function(rgb) \
             3Number(1) 3Comma 3Percentage(50%)"
        );
    }
}
