//! Stand-ins for what the generated dispatch table uses of the kernel. `test_rust.py` puts the table
//! and a module for each call where it says CALLS; each shows the arguments it was given.

use std::io::BufRead;

mod memory {
    pub mod user {
        use kpio_abi::errors::Errno;
        use kpio_abi::memory::USER_END;
        use std::marker::PhantomData;

        fn check(address: u64, len: u64) -> Result<(u64, u64), Errno> {
            match address.checked_add(len) {
                _ if len == 0 => Ok((address, len)),
                Some(end) if end <= USER_END as u64 => Ok((address, len)),
                _ => Err(Errno::EFAULT),
            }
        }

        pub struct UserRead(pub u64, pub u64);
        pub struct UserWrite(pub u64, pub u64);
        pub struct UserUpdate(pub u64, pub u64);
        pub struct UserIn<T>(pub u64, pub PhantomData<T>);
        pub struct UserOut<T>(pub u64, pub PhantomData<T>);
        pub struct UserCStr(pub u64);
        pub struct UserCStrArray(pub u64);

        impl UserRead {
            pub fn new(address: u64, len: u64) -> Result<Self, Errno> {
                check(address, len).map(|(address, len)| Self(address, len))
            }
        }
        impl UserWrite {
            pub fn new(address: u64, len: u64) -> Result<Self, Errno> {
                check(address, len).map(|(address, len)| Self(address, len))
            }
        }
        impl UserUpdate {
            pub fn new(address: u64, len: u64) -> Result<Self, Errno> {
                check(address, len).map(|(address, len)| Self(address, len))
            }
        }
        impl<T> UserIn<T> {
            pub fn new(address: u64) -> Result<Self, Errno> {
                check(address, size_of::<T>() as u64).map(|(address, _)| Self(address, PhantomData))
            }
        }
        impl<T> UserOut<T> {
            pub fn new(address: u64) -> Result<Self, Errno> {
                check(address, size_of::<T>() as u64).map(|(address, _)| Self(address, PhantomData))
            }
        }
        impl UserCStr {
            pub fn new(address: u64) -> Result<Self, Errno> {
                check(address, 1).map(|(address, _)| Self(address))
            }
        }
        impl UserCStrArray {
            pub fn new(address: u64) -> Result<Self, Errno> {
                check(address, 1).map(|(address, _)| Self(address))
            }
        }
    }
}

mod syscall {
    use crate::memory::user::*;
    use kpio_abi::errors::Errno;
    use kpio_abi::types::*;
    use std::cell::RefCell;

    #[derive(Default)]
    pub struct Caller(RefCell<Vec<String>>);

    impl Caller {
        fn tell(&self, shown: Vec<String>) -> Result<u64, Errno> {
            *self.0.borrow_mut() = shown;
            Ok(0)
        }

        pub fn told(&self) -> String {
            self.0.borrow().join(" ")
        }
    }

    pub struct Fd(i32);

    impl Fd {
        pub fn from_arg(word: u64) -> Result<Self, Errno> {
            match int_arg_i32(word)? {
                number if number < 0 => Err(Errno::EBADF),
                number => Ok(Self(number)),
            }
        }
    }

    pub fn int_arg_i32(word: u64) -> Result<i32, Errno> {
        let signed = word as i32;
        if word == u64::from(signed as u32) || word as i64 == i64::from(signed) {
            Ok(signed)
        } else {
            Err(Errno::EINVAL)
        }
    }

    pub fn int_arg_u32(word: u64) -> Result<u32, Errno> {
        u32::try_from(word).map_err(|_| Errno::EINVAL)
    }

    trait Show {
        fn show(&self) -> String;
    }

    macro_rules! show_number {
        ($($kind:ty),*) => {$(
            impl Show for $kind {
                fn show(&self) -> String {
                    format!("{}:{self}", stringify!($kind))
                }
            }
        )*};
    }
    show_number!(i32, u32, i64, u64);

    impl Show for Fd {
        fn show(&self) -> String {
            format!("fd:{}", self.0)
        }
    }
    impl Show for UserRead {
        fn show(&self) -> String {
            format!("in:{}+{}", self.0, self.1)
        }
    }
    impl Show for UserWrite {
        fn show(&self) -> String {
            format!("out:{}+{}", self.0, self.1)
        }
    }
    impl Show for UserUpdate {
        fn show(&self) -> String {
            format!("update:{}+{}", self.0, self.1)
        }
    }
    impl<T> Show for UserIn<T> {
        fn show(&self) -> String {
            format!("in:{}+{}", self.0, size_of::<T>())
        }
    }
    impl<T> Show for UserOut<T> {
        fn show(&self) -> String {
            format!("out:{}+{}", self.0, size_of::<T>())
        }
    }
    impl Show for UserCStr {
        fn show(&self) -> String {
            format!("path:{}", self.0)
        }
    }
    impl Show for UserCStrArray {
        fn show(&self) -> String {
            format!("strings:{}", self.0)
        }
    }
    impl<T: Show> Show for Option<T> {
        fn show(&self) -> String {
            self.as_ref().map_or_else(
                || "none".to_owned(),
                |inner| format!("some:{}", inner.show()),
            )
        }
    }

    // CALLS
}

fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("text");
        let words: Vec<u64> = line
            .split(' ')
            .map(|word| word.parse().expect("a number"))
            .collect();
        let args = words[1..].try_into().expect("six words");
        let caller = syscall::Caller::default();
        match syscall::table::dispatch(&caller, words[0], args) {
            Ok(_) => println!("{}", caller.told()),
            Err(error) => println!("{}", error.name()),
        }
    }
}
