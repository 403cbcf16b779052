package dev.lockstep.sql.tpcc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.sql.bench.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@Timeout(120)
class TpccTest {
  private static final Scale SMALL = Scale.part(2, 1);

  private static Database database;
  private static final List<String> PROGRESS = new ArrayList<>();

  @BeforeAll
  static void load() throws Exception {
    database = Database.of("jdbc:h2:mem:tpcc;DB_CLOSE_DELAY=-1");
    Loader.load(database, SMALL, PROGRESS::add);
  }

  private static long count(String table) throws Exception {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select count(*) from " + table)) {
      row.next();
      return row.getLong(1);
    }
  }

  private static void change(Database database, String sql) throws Exception {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
      connection.commit();
    }
  }

  @Test
  void theLoadHasTheSizesOfItsScale() throws Exception {
    assertThat(count("warehouse")).isEqualTo(2);
    assertThat(count("district")).isEqualTo(20);
    assertThat(count("customer")).isEqualTo(20 * 30);
    assertThat(count("item")).isEqualTo(1000);
    assertThat(count("stock")).isEqualTo(2000);
    assertThat(PROGRESS).contains("1000 items are loaded", "2 of 2 warehouses are loaded");
    assertThat(Scale.full(3)).isEqualTo(new Scale(3, 100_000, 3_000));
  }

  @Test
  void terminalsRunAllTransactionsAndTheConditionsHold() throws Exception {
    Options options = new Options(SMALL, 6, false, 0, 3, 1, List.of());
    Result result = Run.run(database, options, "h2", PROGRESS::add);
    assertThat(result.failure()).isNull();
    assertThat(result.violatedConditions()).isEmpty();
    assertThat(result.engine()).startsWith("H2 ");
    for (Kind kind : Kind.values()) {
      Result.OfKind of = result.kinds().get(kind);
      assertThat(of.committed()).as(kind.name()).isPositive();
      assertThat(of.failed()).as(kind.name()).isZero();
      assertThat(of.latencyMillis().p50()).isPositive();
    }
    assertThat(result.totalPerMinute()).isGreaterThan(result.newOrdersPerMinute());
    assertThat(result.toText()).contains("new-order", "all hold");
  }

  @Test
  void everyConditionIsFoundToBeViolated() throws Exception {
    Database broken = Database.of("jdbc:h2:mem:broken;DB_CLOSE_DELAY=-1");
    Loader.load(broken, Scale.part(1, 1), any -> {});
    assertThat(Conditions.violated(broken)).isEmpty();
    change(broken, "update warehouse set w_ytd = w_ytd + 1");
    assertThat(Conditions.violated(broken)).containsExactly(1, 8);
    change(broken, "update district set d_ytd = d_ytd + 1 where d_id = 1");
    assertThat(Conditions.violated(broken)).containsExactly(8, 9);
    change(broken, "update district set d_next_o_id = d_next_o_id + 1 where d_id = 2");
    assertThat(Conditions.violated(broken)).containsExactly(2, 8, 9);
    change(broken, "delete from new_order where no_d_id = 3 and no_o_id = 25");
    assertThat(Conditions.violated(broken)).containsExactly(2, 3, 5, 8, 9);
    change(broken, "delete from order_line where ol_d_id = 4 and ol_o_id = 5 and ol_number = 1");
    assertThat(Conditions.violated(broken)).containsExactly(2, 3, 4, 5, 6, 8, 9);
    change(broken, "update order_line set ol_delivery_d = null where ol_d_id = 5 and ol_o_id = 5");
    assertThat(Conditions.violated(broken)).containsExactly(2, 3, 4, 5, 6, 7, 8, 9);
    change(broken, "update customer set c_balance = c_balance + 1 where c_d_id = 6 and c_id = 6");
    assertThat(Conditions.violated(broken)).containsExactly(2, 3, 4, 5, 6, 7, 8, 9, 10, 12);
  }

  @Test
  void oneNewOrderOfAHundredIsRolledBack() throws Exception {
    Draw draw = new Draw(SMALL, 5);
    int failing = 0;
    for (int i = 0; i < 10_000; i++) {
      failing += NewOrder.draw(draw, SMALL, 1).failing() ? 1 : 0;
    }
    assertThat(failing).isBetween(50, 200);
    NewOrder order = NewOrder.draw(draw, SMALL, 1);
    while (!order.failing()) {
      order = NewOrder.draw(draw, SMALL, 1);
    }
    long before = count("orders");
    try (Connection connection = database.connect()) {
      assertThat(order.run(new Statements(connection))).isFalse();
      connection.rollback();
    }
    assertThat(count("orders")).isEqualTo(before);
  }

  @Test
  void resultsAreReadBack(@TempDir Path directory) throws Exception {
    Options options = new Options(SMALL, 1, true, 0, 1, 7, List.of());
    Result result = Run.run(database, options, "thinking", any -> {});
    Path file = Files.writeString(directory.resolve("result.json"), result.toJson());
    assertThat(Result.read(file)).isEqualTo(result);
    Files.writeString(file, "{\"label\": 5, \"odd\": 1}");
    assertThatThrownBy(() -> Result.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is no result of");
  }
}
