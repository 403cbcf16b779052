package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.client.SqlClient;
import dev.lockstep.sql.client.SqlClientSettings;
import dev.lockstep.sql.client.SqlVariant;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * One client for each folder and variant, for as long as somebody uses it and a while longer: a
 * program that opens and closes connections one by one shall not build up links to all replicas
 * each time.
 */
final class SharedClients {
  /** Opens a client of the group that a folder names. */
  interface Opener {
    SqlClient open(Path clientFolder, SqlVariant variant) throws SQLException;
  }

  private record Key(Path clientFolder, SqlVariant variant) {}

  /** The use of a client. */
  interface Lease {
    SqlClient client();

    /** Ends the use; once is enough. */
    void release();
  }

  private static final long LINGER_MILLIS = 10_000;

  private static final class Shared {
    final SqlClient client;
    int users;
    ScheduledFuture<?> closing;

    Shared(SqlClient client) {
      this.client = client;
    }
  }

  private final Opener opener;
  private final long lingerMillis;
  private final Map<Key, Shared> clients = new HashMap<>();
  private final ScheduledThreadPoolExecutor closer;

  SharedClients(Opener opener, long lingerMillis) {
    this.opener = opener;
    this.lingerMillis = lingerMillis;
    closer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "lockstep-sql-closer");
              thread.setDaemon(true);
              return thread;
            });
    closer.setRemoveOnCancelPolicy(true);
    closer.setKeepAliveTime(1, TimeUnit.SECONDS);
    closer.allowCoreThreadTimeOut(true);
  }

  static SharedClients ofGroups() {
    return new SharedClients(
        (folder, variant) -> SqlClient.open(folder, SqlClientSettings.defaults().with(variant)),
        LINGER_MILLIS);
  }

  synchronized Lease lease(Path folder, SqlVariant variant) throws SQLException {
    Key key = new Key(folder.normalize(), variant);
    Shared shared = clients.get(key);
    if (shared == null) {
      shared = new Shared(opener.open(key.clientFolder, variant));
      clients.put(key, shared);
    }
    shared.users++;
    if (shared.closing != null) {
      shared.closing.cancel(false);
      shared.closing = null;
    }
    Shared leased = shared;
    return new Lease() {
      private boolean released;

      @Override
      public SqlClient client() {
        return leased.client;
      }

      @Override
      public void release() {
        synchronized (SharedClients.this) {
          if (!released) {
            released = true;
            ended(key, leased);
          }
        }
      }
    };
  }

  private void ended(Key key, Shared shared) {
    if (--shared.users == 0) {
      shared.closing =
          closer.schedule(() -> close(key, shared), lingerMillis, TimeUnit.MILLISECONDS);
    }
  }

  private void close(Key key, Shared shared) {
    synchronized (this) {
      if (shared.users > 0) {
        return;
      }
      clients.remove(key, shared);
    }
    shared.client.close();
  }
}
