package dev.lockstep.cli.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SqlScriptTest {
  private final SqlScript script = new SqlScript();

  @Test
  void statementsEndWithSemicolons() {
    assertThat(script.add("select 1; select")).containsExactly("select 1");
    assertThat(script.isWithinStatement()).isTrue();
    assertThat(script.add("2;;")).containsExactly("select\n2");
    assertThat(script.isWithinStatement()).isFalse();
    assertThat(script.add("select 3")).isEmpty();
    assertThat(script.end()).containsExactly("select 3");
    assertThat(script.end()).isEmpty();
  }

  @Test
  void semicolonsInQuotesAndCommentsEndNothing() {
    assertThat(script.add("select ';' , \"a;b\" -- and ; here")).isEmpty();
    assertThat(script.add("/* ; ' */ , 'it''s;';"))
        .isEqualTo(List.of("select ';' , \"a;b\" -- and ; here\n/* ; ' */ , 'it''s;'"));
  }

  @Test
  void textsMayHaveManyLines() {
    assertThat(script.add("select 'a")).isEmpty();
    assertThat(script.isWithinStatement()).isTrue();
    assertThat(script.add("b;")).isEmpty();
    assertThat(script.add("c';")).containsExactly("select 'a\nb;\nc'");
  }

  @Test
  void whatHasBegunCanBeForgotten() {
    script.add("select 'a");
    script.clear();
    assertThat(script.isWithinStatement()).isFalse();
    assertThat(script.add("select 1;")).containsExactly("select 1");
  }
}
