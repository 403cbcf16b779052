package dev.lockstep.sql.tests;

import dev.lockstep.sql.client.SqlClientSettings;
import dev.lockstep.sql.client.SqlVariant;
import dev.lockstep.sql.jdbc.LockstepDriver;
import dev.lockstep.sql.testkit.LocalSqlCluster;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** One replicated database in this JVM for all tests that leave it as it is but for its tables. */
public final class Clusters {
  private static final Set<SqlVariant> NAMED = EnumSet.noneOf(SqlVariant.class);
  private static LocalSqlCluster shared;

  private Clusters() {}

  /**
   * The URL of the shared database, for clients that use a variant. It lives as long as the JVM.
   */
  public static synchronized String sharedUrl(SqlVariant variant) {
    if (shared == null) {
      shared = LocalSqlCluster.start();
      Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
    }
    String name = "shared-" + variant.name().toLowerCase(Locale.ROOT);
    if (NAMED.add(variant)) {
      LockstepDriver.name(name, shared.newClient(SqlClientSettings.defaults().with(variant)));
    }
    return "jdbc:lockstep:@" + name;
  }
}
