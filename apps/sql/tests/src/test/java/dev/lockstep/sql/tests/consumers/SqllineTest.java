package dev.lockstep.sql.tests.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import sqlline.SqlLine;

class SqllineTest {

  @ConsumerTest
  void aScriptIsRun(String kind, String url) throws Exception {
    Databases.empty(url);
    String script =
        """
        create table note (id int primary key, text_ varchar(40));
        insert into note values (1, 'first note'), (2, 'second note');
        !autocommit off
        update note set text_ = 'changed' where id = 2;
        !commit
        select * from note order by id;
        !tables
        !columns NOTE
        !quit
        """;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    SqlLine line = new SqlLine();
    line.setOutputStream(out);
    line.setErrorStream(out);
    line.begin(
        new String[] {"-u", url, "-n", "", "-p", "", "--silent=false", "--color=false"},
        new ByteArrayInputStream(script.getBytes(StandardCharsets.UTF_8)),
        false);
    String text = bytes.toString(StandardCharsets.UTF_8);
    assertThat(text).contains("first note", "changed", "NOTE").doesNotContain("Error:");
  }
}
