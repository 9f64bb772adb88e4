//! The rules of the grammar in a reader's words.

use super::grammar::Rule;

/// A rule in a reader's words; empty for what need not be said.
pub fn spell(rule: Rule) -> &'static str {
    match rule {
        Rule::open_paren | Rule::arguments | Rule::parameters => "`(`",
        Rule::close_paren => "`)`",
        Rule::open_bracket | Rule::bracket | Rule::def_indices => "`[`",
        Rule::close_bracket => "`]`",
        Rule::open_angle => "`⟨`",
        Rule::close_angle => "`⟩`",
        Rule::comma => "`,`",
        Rule::colon => "`:`",
        Rule::dots => "`..`",
        Rule::bar => "`|`",
        Rule::equals => "`=`",
        Rule::tilde => "`~`",
        Rule::padding | Rule::else_word => "`else 0`",
        Rule::by_word => "`×`",
        Rule::text => "a name in double quotes",
        Rule::semicolon => "`;`",
        Rule::tensor | Rule::held => "the name of a tensor",
        Rule::name => "a name",
        Rule::number => "a number",
        Rule::EOI => "the end",
        Rule::plus
        | Rule::minus
        | Rule::product_operator
        | Rule::relation
        | Rule::caret
        | Rule::power
        | Rule::transpose
        | Rule::superscript
        | Rule::or_word
        | Rule::and_word => "an operator",
        Rule::slot | Rule::whole => "a subscript",
        Rule::shape => "a size",
        Rule::range => "a range",
        Rule::expression
        | Rule::conjunction
        | Rule::negation
        | Rule::comparison
        | Rule::sum
        | Rule::product
        | Rule::factor
        | Rule::postfix
        | Rule::primary
        | Rule::argument
        | Rule::applied
        | Rule::group
        | Rule::list
        | Rule::not_word
        | Rule::claim_local => "an expression",
        Rule::statement
        | Rule::header
        | Rule::use_file
        | Rule::sizes
        | Rule::indices
        | Rule::declarations
        | Rule::outputs
        | Rule::definition
        | Rule::loss
        | Rule::claim
        | Rule::network_word
        | Rule::use_word
        | Rule::size_word
        | Rule::along_word
        | Rule::over_word
        | Rule::input_word
        | Rule::param_word
        | Rule::state_word
        | Rule::const_word
        | Rule::output_word
        | Rule::def_word
        | Rule::loss_word
        | Rule::claim_word => "the next statement",
        Rule::equation => "an equation",
        Rule::when_word | Rule::assumptions => "`when`",
        Rule::where_word | Rule::locals | Rule::claim_locals => "`where`",
        Rule::chapter_title => "a title, `# Chapter 1. Sums and products`",
        Rule::law_name => "the name of the law",
        Rule::law_purpose => "`differential`, `adjoint`, `algebra` or `reading`",
        Rule::law_equal | Rule::law_equal_left | Rule::law_index | Rule::law_in | Rule::law_not_in => {
            "a condition, such as `u > 0` or `s not in u`"
        }
        Rule::payload | Rule::letter_shape => "a payload, such as `S`, `number`, `N` or `M × N`",
        Rule::letter | Rule::letters => "a name",
        Rule::table | Rule::table_number | Rule::table_row => "a number, or a table such as `[0 1; 0 0]`",
        Rule::law_when => "`when`",
        Rule::law_fails => "`fails at`",
        Rule::law_caption => "`--` and a caption",
        Rule::prose | Rule::law_line | Rule::letters_line | Rule::operation | Rule::purpose_line => {
            "a line of the book"
        }
        Rule::declaration | Rule::size_item | Rule::index_item | Rule::parameter => "a name",
        _ => "",
    }
}
