package dev.lockstep.sql.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.bench.Database;
import dev.lockstep.sql.client.SqlVariant;
import dev.lockstep.sql.tpcc.Kind;
import dev.lockstep.sql.tpcc.Loader;
import dev.lockstep.sql.tpcc.Options;
import dev.lockstep.sql.tpcc.Result;
import dev.lockstep.sql.tpcc.Run;
import dev.lockstep.sql.tpcc.Scale;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The transactions of TPC-C, whose tables tell by their consistency whether all went well. */
@Tag("slow")
@Timeout(600)
class TpccTest {
  private static final Scale SCALE = Scale.part(2, 1);
  private static final Options OPTIONS =
      new Options(
          SCALE,
          Integer.getInteger("tpcc.terminals", 4),
          false,
          Integer.getInteger("tpcc.warm-up-seconds", 2),
          Integer.getInteger("tpcc.seconds", 5),
          1,
          List.of());

  private static void runs(Database database, String label) throws Exception {
    Loader.load(database, SCALE, any -> {});
    Result result = Run.run(database, OPTIONS, label, any -> {});
    System.out.println("[measured] " + result.toText().replace("\n", "\n[measured] "));
    assertThat(result.failure()).isNull();
    assertThat(result.violatedConditions()).isEmpty();
    assertThat(result.kinds().get(Kind.NEW_ORDER).committed()).isPositive();
    assertThat(result.kinds().get(Kind.PAYMENT).committed()).isPositive();
  }

  @Test
  void plain() throws Exception {
    runs(Database.of("jdbc:h2:mem:tpcc;DB_CLOSE_DELAY=-1"), "plain H2");
  }

  @ParameterizedTest
  @EnumSource
  void replicated(SqlVariant variant) throws Exception {
    runs(Database.of(Clusters.sharedUrl(variant)), variant.name());
  }
}
