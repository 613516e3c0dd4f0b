//! The marker parser: recursive descent over packaging's grammar.

use super::{Alternatives, Comparison, Name, Operand, Operator, Term};
use crate::syntax::{Cursor, Fault};

/// How deep parentheses may be nested: far deeper than real markers, far less than a stack can hold.
const MAX_DEPTH: usize = 64;

/// Reads the marker at the cursor and the white space after it.
pub(crate) fn expression(cursor: &mut Cursor) -> Result<Alternatives, Fault> {
    match unwrapped(alternatives(cursor, 0)?) {
        Term::Group(group) => Ok(group),
        comparison @ Term::Comparison(_) => Ok(Alternatives(vec![vec![comparison]])),
    }
}

fn alternatives(cursor: &mut Cursor, depth: usize) -> Result<Alternatives, Fault> {
    let mut groups = vec![vec![term(cursor, depth)?]];
    loop {
        if eat_word(cursor, "and") {
            let term = term(cursor, depth)?;
            groups
                .last_mut()
                .expect("the list starts with a group and no group is removed")
                .push(term);
        } else if eat_word(cursor, "or") {
            groups.push(vec![term(cursor, depth)?]);
        } else {
            return Ok(Alternatives(groups));
        }
    }
}

fn term(cursor: &mut Cursor, depth: usize) -> Result<Term, Fault> {
    cursor.skip_blanks();
    let open = cursor.clone();
    let term = if cursor.eat("(") {
        if depth == MAX_DEPTH {
            return Err(open.fault(format!("parentheses are nested deeper than {MAX_DEPTH}")));
        }
        let group = alternatives(cursor, depth + 1)?;
        if !cursor.eat(")") {
            return Err(cursor.fault("expected `and`, `or` or the `)` that closes a group"));
        }
        unwrapped(group)
    } else {
        Term::Comparison(comparison(cursor)?)
    };
    cursor.skip_blanks();
    Ok(term)
}

/// A group of one term is that term.
fn unwrapped(mut group: Alternatives) -> Term {
    match group.0.as_mut_slice() {
        [only] if only.len() == 1 => only.remove(0),
        _ => Term::Group(group),
    }
}

fn comparison(cursor: &mut Cursor) -> Result<Comparison, Fault> {
    let mut left = operand(cursor)?;
    cursor.skip_blanks();
    let operator = operator(cursor)?;
    cursor.skip_blanks();
    let mut right = operand(cursor)?;
    // PEP 685 (extras) and PEP 735 (groups): names are compared in normal form.
    match (&mut left, &mut right) {
        (Operand::Name(Name::Extra), Operand::Text(text))
        | (
            Operand::Text(text),
            Operand::Name(Name::Extra | Name::Extras | Name::DependencyGroups),
        ) => {
            *text = normal_name(text).into();
        }
        _ => {}
    }
    Ok(Comparison {
        left,
        operator,
        right,
    })
}

fn operand(cursor: &mut Cursor) -> Result<Operand, Fault> {
    match cursor.rest().chars().next() {
        Some(quote @ ('"' | '\'')) => string(cursor, quote),
        Some(character) if character.is_alphabetic() => name(cursor),
        _ => Err(cursor.fault("expected a marker variable or a quoted string")),
    }
}

fn name(cursor: &mut Cursor) -> Result<Operand, Fault> {
    let start = cursor.clone();
    let name = match cursor.take_while(|character| is_word(character) || character == '.') {
        "extra" => Name::Extra,
        "extras" => Name::Extras,
        "dependency_groups" => Name::DependencyGroups,
        other => other
            .parse()
            .map(Name::Variable)
            .map_err(|_| start.fault(format!("`{other}` is not a marker variable")))?,
    };
    Ok(Operand::Name(name))
}

fn string(cursor: &mut Cursor, quote: char) -> Result<Operand, Fault> {
    let start = cursor.clone();
    cursor.advance(1);
    let written = cursor.take_while(|character| character != quote);
    if cursor.at_end() {
        return Err(start.fault(format!("the string has no closing `{quote}`")));
    }
    cursor.advance(1);
    unescape(written)
        .map(|text| Operand::Text(text.into()))
        .ok_or_else(|| start.fault("not a valid Python string: check its backslashes"))
}

/// The value of a Python string literal, given the text between its quotes.
fn unescape(written: &str) -> Option<String> {
    let mut text = String::with_capacity(written.len());
    let mut characters = written.chars();
    while let Some(character) = characters.next() {
        match character {
            '\n' | '\r' | '\0' => return None,
            '\\' => match characters.next()? {
                '\n' => {}
                letter @ ('x' | 'u' | 'U') => {
                    let digits = match letter {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let code: String = characters.by_ref().take(digits).collect();
                    let valid =
                        code.len() == digits && code.bytes().all(|digit| digit.is_ascii_hexdigit());
                    let code = valid.then(|| u32::from_str_radix(&code, 16).ok())??;
                    text.push(char::from_u32(code)?);
                }
                digit @ '0'..='7' => {
                    let mut code = digit.to_digit(8)?;
                    for _ in 0..2 {
                        let Some(digit) =
                            characters.clone().next().and_then(|next| next.to_digit(8))
                        else {
                            break;
                        };
                        code = code * 8 + digit;
                        characters.next();
                    }
                    text.push(char::from_u32(code)?);
                }
                'N' => return None,
                other => text.push_str(&simple_escape(other)),
            },
            _ => text.push(character),
        }
    }
    Some(text)
}

/// The value of a backslash and one letter; an unknown escape keeps its backslash.
fn simple_escape(letter: char) -> String {
    match letter {
        '\\' | '\'' | '"' => letter.to_string(),
        'a' => "\u{7}".to_owned(),
        'b' => "\u{8}".to_owned(),
        'f' => "\u{c}".to_owned(),
        'n' => "\n".to_owned(),
        'r' => "\r".to_owned(),
        't' => "\t".to_owned(),
        'v' => "\u{b}".to_owned(),
        other => format!("\\{other}"),
    }
}

fn operator(cursor: &mut Cursor) -> Result<Operator, Fault> {
    let start = cursor.clone();
    if eat_word(cursor, "in") {
        return Ok(Operator::In);
    }
    if eat_word(cursor, "not") {
        let blanks = cursor.offset();
        cursor.skip_blanks();
        if cursor.offset() > blanks && eat_word(cursor, "in") {
            return Ok(Operator::NotIn);
        }
        return Err(cursor.fault("expected `in` after `not`"));
    }
    Operator::ALL
        .into_iter()
        .filter(|operator| !matches!(operator, Operator::In | Operator::NotIn))
        .find(|operator| cursor.eat(operator.as_str()))
        .ok_or_else(|| {
            start.fault("expected an operator: `==`, `!=`, `<=`, `>=`, `<`, `>`, `~=`, `===`, `in` or `not in`")
        })
}

/// Skips `word` if it comes next as a whole word.
fn eat_word(cursor: &mut Cursor, word: &str) -> bool {
    let found = cursor
        .rest()
        .strip_prefix(word)
        .is_some_and(|after| !after.starts_with(is_word));
    if found {
        cursor.advance(word.len());
    }
    found
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The normal form of a value that is compared with names; it need not be a valid name.
pub(crate) fn normal_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for character in text.chars() {
        if !"-_.".contains(character) {
            name.extend(character.to_lowercase());
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    name
}
