package dev.lockstep.sql.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.sql.client.SqlVariant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionUrlTest {
  @TempDir private Path folder;

  private ConnectionUrl parse(String rest) throws SQLException {
    return ConnectionUrl.parse("jdbc:lockstep:" + folder + rest, new Properties());
  }

  private void refused(String url, String sentence) {
    assertThatThrownBy(() -> ConnectionUrl.parse(url, new Properties()))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void theFolderIsThatOfAClientOrOfItsCluster() throws Exception {
    assertThat(parse("").clientFolderOrNull()).isEqualTo(folder);
    Path client = Files.createDirectory(folder.resolve("client"));
    assertThat(parse("").clientFolderOrNull()).isEqualTo(client);
    assertThat(parse("/client").clientFolderOrNull()).isEqualTo(client);
  }

  @Test
  void propertiesAreReadFromTheUrlAndBesideIt() throws Exception {
    ConnectionUrl url = parse("?timeoutMillis=500&readOnly=true&schema=a%26b");
    assertThat(url.timeoutMillis()).isEqualTo(500);
    assertThat(url.readOnly()).isTrue();
    assertThat(url.schemaOrNull()).isEqualTo("a&b");
    Properties more = new Properties();
    more.setProperty("user", "anybody");
    more.setProperty("timeoutMillis", "700");
    assertThat(ConnectionUrl.parse("jdbc:lockstep:" + folder, more).timeoutMillis()).isEqualTo(700);
    assertThat(parse("").variant()).isEqualTo(SqlVariant.OPTIMISED);
    assertThat(parse("?variant=standard").variant()).isEqualTo(SqlVariant.STANDARD);
    assertThat(parse("").timeoutMillis()).isEqualTo(30_000);
  }

  @Test
  void mistakesAreToldInSentences() {
    refused("jdbc:lockstep:", "The URL names no folder");
    refused("jdbc:lockstep:/does/not/exist", "There is no folder /does/not/exist");
    refused("jdbc:lockstep:" + folder + "?timeout=5", "unknown property 'timeout'");
    refused("jdbc:lockstep:" + folder + "?schema", "not of the form name=value");
    refused("jdbc:lockstep:" + folder + "?timeoutMillis=0", "must be a positive number");
    refused("jdbc:lockstep:" + folder + "?variant=quick", "must be optimised or standard");
    refused("jdbc:lockstep:" + folder + "?readOnly=maybe", "must be true or false");
  }

  @Test
  void theDriverIsFoundByItsUrl() throws Exception {
    Driver driver = DriverManager.getDriver("jdbc:lockstep:x");
    assertThat(driver).isInstanceOf(LockstepDriver.class);
    assertThat(driver.acceptsURL("jdbc:h2:mem:x")).isFalse();
    assertThat(driver.connect("jdbc:h2:mem:x", null)).isNull();
    LockstepDriver.name("named", new PlainClient("named"));
    try (Connection connection =
        DriverManager.getConnection("jdbc:lockstep:@named?readOnly=true")) {
      assertThat(connection.isReadOnly()).isTrue();
    }
    assertThatThrownBy(() -> LockstepDriver.name("named", new PlainClient("other")))
        .isInstanceOf(IllegalStateException.class);
    LockstepDriver.forget("named");
    assertThatThrownBy(() -> DriverManager.getConnection("jdbc:lockstep:@named"))
        .hasMessage("This program has no client with the name 'named'.");
    assertThat(driver.getPropertyInfo("jdbc:lockstep:x", null)).hasSize(4);
  }
}
