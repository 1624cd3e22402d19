//! What a source file says of others: its imports, and the paths it uses items by. Of product code, which
//! is what stands before its tests; macros and methods are not followed.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    /// `::`
    Into,
    Other(char),
}

/// The tokens of a text, without comments, strings and lifetimes.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(length) = literal(rest) {
            length
        } else if is_word(c) {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            tokens.push(Token::Word(&rest[..length]));
            length
        } else if rest.starts_with("::") {
            tokens.push(Token::Into);
            2
        } else {
            if !c.is_whitespace() {
                tokens.push(Token::Other(c));
            }
            c.len_utf8()
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

/// How long the string, character or lifetime is that a text begins with.
fn literal(text: &str) -> Option<usize> {
    let prefix = text.find(|c| !matches!(c, 'b' | 'r')).filter(|n| *n <= 2)?;
    let body = text.get(prefix..)?;
    let hashes = body.len() - body.trim_start_matches('#').len();
    if text[..prefix].contains('r') && body[hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let from = prefix + hashes + 1;
        return Some(text.get(from..)?.find(&end).map_or(text.len(), |n| from + n + end.len()));
    }
    let quote = body.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut inside = body.char_indices().skip(1);
    let (_, first) = inside.clone().next()?;
    let closed = inside.clone().nth(1).is_some_and(|(_, c)| c == '\'');
    if quote == '\'' && first != '\\' && !closed {
        return Some(prefix + 1);
    }
    while let Some((n, c)) = inside.next() {
        match c {
            '\\' => {
                inside.next();
            }
            c if c == quote => return Some(prefix + n + 1),
            _ => {}
        }
    }
    Some(text.len())
}

/// An import: what, under which name, and whether it is offered to others.
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    pub(crate) name: String,
    pub(crate) offered: bool,
}

/// What a file says of others.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) imports: Vec<Import>,
    pub(crate) paths: Vec<Vec<String>>,
}

/// Reads a file's imports, and the paths it uses items by.
pub(crate) fn said(text: &str) -> Said {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    let tokens = tokens(product);
    let mut said = Said::default();
    let mut n = 0;
    while let Some(token) = tokens.get(n) {
        let before = n.checked_sub(1).and_then(|n| tokens.get(n));
        match token {
            Token::Word("use") => {
                let offered = matches!(before, Some(Token::Word("pub") | Token::Other(')')));
                n = tree(&tokens, n + 1, &[], offered, &mut said.imports);
            }
            Token::Word(first) if !matches!(before, Some(Token::Into)) => {
                let mut path = vec![(*first).to_owned()];
                while let (Some(Token::Into), Some(Token::Word(next))) =
                    (tokens.get(n + 1), tokens.get(n + 2))
                {
                    path.push((*next).to_owned());
                    n += 2;
                }
                if path.len() > 1 {
                    said.paths.push(path);
                }
            }
            _ => {}
        }
        n += 1;
    }
    said
}

/// Reads one branch of an import, and says where it ends.
fn tree(
    tokens: &[Token<'_>],
    from: usize,
    stem: &[String],
    offered: bool,
    imports: &mut Vec<Import>,
) -> usize {
    let mut path = stem.to_vec();
    let mut renamed = None;
    let mut n = from;
    let mut group = false;
    while let Some(token) = tokens.get(n) {
        match token {
            Token::Word("as") => {
                if let Some(Token::Word(name)) = tokens.get(n + 1) {
                    renamed = Some((*name).to_owned());
                }
                n += 1;
            }
            Token::Word(word) => path.push((*word).to_owned()),
            Token::Other('{') => {
                group = true;
                loop {
                    n = tree(tokens, n + 1, &path, offered, imports);
                    if !matches!(tokens.get(n), Some(Token::Other(','))) {
                        break;
                    }
                }
            }
            Token::Into => {}
            // What is imported by a star is used by the names of its items, which are not followed.
            Token::Other('*') => group = true,
            Token::Other(_) => break,
        }
        n += 1;
    }
    if !group && path.len() > stem.len() {
        // `{self, …}` is the stem itself; a path of `self` alone begins at its own module.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = renamed.or_else(|| path.last().cloned()).unwrap_or_default();
        imports.push(Import { path, name, offered });
    }
    n
}
