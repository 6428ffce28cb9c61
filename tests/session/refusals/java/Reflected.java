import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Paths;

/**
 * Ganymed and the two that go by the name of Trilead: the same classes in
 * packages of different names, so they are found by name.
 */
final class Reflected {
	private final Site site;
	private final String where;

	Reflected(Site site, String where) {
		this.site = site;
		this.where = where;
	}

	/** An object of theirs. */
	private final class Theirs {
		private final Class<?> kind;
		private final Object self;

		Theirs(String name, Class<?>[] kinds, Object... values)
		    throws Exception {
			kind = named(name);
			try {
				self = kind.getConstructor(kinds)
				    .newInstance(values);
			} catch (InvocationTargetException e) {
				throw (Exception) e.getCause();
			}
		}

		Object call(String method, Class<?>[] kinds, Object... values)
		    throws Exception {
			try {
				return kind.getMethod(method, kinds)
				    .invoke(self, values);
			} catch (InvocationTargetException e) {
				throw (Exception) e.getCause();
			}
		}
	}

	private Class<?> named(String name) throws ClassNotFoundException {
		return Class.forName(where + "." + name);
	}

	private static Class<?>[] strings(int n) {
		Class<?>[] kinds = new Class<?>[n];

		java.util.Arrays.fill(kinds, String.class);
		return kinds;
	}

	private interface Steps {
		void go(Theirs client) throws Exception;
	}

	private void over(String user, String client, Steps steps)
	    throws Exception {
		Theirs connection = new Theirs("Connection", new Class<?>[] {
		    String.class, int.class}, site.host, site.port);

		connection.call("connect", strings(0));
		try {
			connection.call("authenticateWithPublicKey",
			    new Class<?>[] {String.class, File.class,
			    String.class}, user, new File(site.key), null);
			steps.go(new Theirs(client, new Class<?>[] {
			    named("Connection")}, connection.self));
		} finally {
			connection.call("close", strings(0));
		}
	}

	/** SCPClient. */
	final class Copies implements Client {
		@Override
		public void put(String user, String local, String remote)
		    throws Exception {
			over(user, "SCPClient", c -> c.call("put", strings(4),
			    local, Client.name(remote),
			    Client.directory(remote), "0644"));
		}

		@Override
		public void get(String user, String remote, String local)
		    throws Exception {
			over(user, "SCPClient", c -> c.call("get",
			    new Class<?>[] {String.class, OutputStream.class},
			    remote, new ByteArrayOutputStream()));
		}
	}

	/** SFTPv3Client. */
	final class Files implements Client {
		@Override
		public void put(String user, String local, String remote)
		    throws Exception {
			byte[] data = java.nio.file.Files.readAllBytes(
			    Paths.get(local));
			Class<?> handle = named("SFTPv3FileHandle");

			over(user, "SFTPv3Client", c -> {
				Object f = c.call("createFileTruncate",
				    strings(1), remote);
				c.call("write", new Class<?>[] {handle,
				    long.class, byte[].class, int.class,
				    int.class}, f, 0L, data, 0, data.length);
				c.call("closeFile", new Class<?>[] {handle},
				    f);
			});
		}

		@Override
		public void get(String user, String remote, String local)
		    throws Exception {
			Class<?> handle = named("SFTPv3FileHandle");

			over(user, "SFTPv3Client", c -> {
				Object f = c.call("openFileRO", strings(1),
				    remote);
				c.call("read", new Class<?>[] {handle,
				    long.class, byte[].class, int.class,
				    int.class}, f, 0L, new byte[64], 0, 64);
			});
		}

		@Override
		public void remove(String user, String remote)
		    throws Exception {
			over(user, "SFTPv3Client", c -> c.call("rm",
			    strings(1), remote));
		}

		@Override
		public void link(String user, String remote)
		    throws Exception {
			over(user, "SFTPv3Client", c -> c.call(
			    "createSymlink", strings(2), remote, "old"));
		}
	}
}
